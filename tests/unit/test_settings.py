"""Settings come from the nearest source that has them; a wrong one says what it should be and never stops a host."""

import os
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from paceline import errors, settings


@dataclass(frozen=True)
class Sample:
    ratio: float = field(default=0.5, metadata={"above": 0, "at_most": 1})
    count: int = field(default=3, metadata={"at_least": 0})
    loud: bool = False
    word: str = field(default="low", metadata={"choices": ("low", "high")})
    place: str | None = None
    names: tuple[str, ...] = ("a",)
    size: int = field(default=7, metadata={"parse": lambda raw: int(str(raw), 16)})


GIVEN = {
    "ratio": (0.1, "0.2", "0.3", 0.1, 0.2, 0.3),
    "count": (1, "2", "4", 1, 2, 4),
    "loud": (True, "yes", "true", True, True, True),
    "word": ("high", "high", '"high"', "high", "high", "high"),
    "place": ("k", "e", '"p"', "k", "e", "p"),
    "names": (["k", "l"], "e, f,", '["p"]', ("k", "l"), ("e", "f"), ("p",)),
    "size": ("a", "b", '"c"', 10, 11, 12),
}


@pytest.fixture
def load(tmp_path):
    def loading(keywords=None, environ=None, toml=""):
        (tmp_path / "pyproject.toml").write_text(toml)
        return settings.load(Sample, keywords, environ=environ or {}, folder=tmp_path)

    return loading


@pytest.mark.parametrize("name", GIVEN)
def test_a_keyword_goes_before_the_environment_before_pyproject_before_the_default(name, load):
    keyword, variable, line, from_keyword, from_variable, from_line = GIVEN[name]
    keywords, environ, toml = {name: keyword}, {f"PACELINE_{name.upper()}": variable}, f"[tool.paceline]\n{name}={line}"
    everywhere = {
        settings.KEYWORD: (from_keyword, load(keywords, environ, toml)),
        settings.ENVIRONMENT: (from_variable, load({}, environ, toml)),
        settings.PYPROJECT: (from_line, load({}, {}, toml)),
        settings.DEFAULT: (getattr(Sample(), name), load()),
    }
    for source, (value, loaded) in everywhere.items():
        assert (getattr(loaded.values, name), loaded.sources[name], loaded.problems) == (value, source, ())


WRONG = [
    ("ratio", 0, "above 0"),
    ("ratio", 1.01, "at most 1"),
    ("ratio", "much", "a number"),
    ("ratio", "nan", "a number"),
    ("ratio", float("inf"), "a number"),
    ("ratio", True, "a number"),
    ("ratio", None, "a number"),
    ("ratio", 10**400, "a number"),
    ("count", -1, "at least 0"),
    ("count", 1.5, "a whole number"),
    ("count", "two", "a whole number"),
    ("count", [], "a whole number"),
    ("loud", "perhaps", "true or false"),
    ("word", "medium", "one of low, high"),
    ("word", 3, "a text"),
    ("names", 5, "a list of texts"),
    ("size", "xyz", "invalid literal"),
]


@pytest.mark.parametrize(("name", "value", "wanted"), WRONG)
def test_a_wrong_keyword_raises_and_says_what_it_should_be(name, value, wanted, load):
    with pytest.raises(errors.SettingsError, match=f"setting {name}: .*{wanted}"):
        load({name: value})


@pytest.mark.parametrize(("name", "value"), [("ratio", "2"), ("count", "x"), ("loud", ""), ("word", ""), ("size", "z")])
def test_a_wrong_variable_is_a_problem_and_the_default(name, value, load):
    loaded = load({}, {f"PACELINE_{name.upper()}": value})
    assert (getattr(loaded.values, name), loaded.sources[name]) == (getattr(Sample(), name), settings.DEFAULT)
    (problem,) = loaded.problems
    assert name in problem
    assert "environment" in problem


@pytest.mark.parametrize(("name", "value"), [("place", "caf\udce9"), ("names", "a,\ud800")])
def test_half_a_character_is_no_text(name, value, load):
    """An environment may hold any bytes, and JSON may spell one; no answer of the API could hold it."""
    loaded = load({}, {f"PACELINE_{name.upper()}": value})
    assert getattr(loaded.values, name) == getattr(Sample(), name)
    assert loaded.problems[0].encode()
    with pytest.raises(errors.SettingsError, match="text"):
        load({name: value})


def test_a_wrong_variable_gives_way_to_pyproject(load):
    loaded = load({}, {"PACELINE_COUNT": "x"}, "[tool.paceline]\ncount = 9")
    assert (loaded.values.count, loaded.sources["count"], len(loaded.problems)) == (9, settings.PYPROJECT, 1)


def test_an_empty_variable_unsets_what_may_be_unset(load):
    assert load({}, {"PACELINE_PLACE": ""}, '[tool.paceline]\nplace = "p"').values.place is None


@pytest.mark.parametrize(
    "toml",
    ["[tool.paceline", "[tool]\npaceline = 3", "tool = 3", "\x00"],
    ids=["broken", "not a table", "tool is no table", "binary"],
)
def test_a_broken_pyproject_is_a_problem_and_the_defaults(toml, load):
    loaded = load(toml=toml)
    assert loaded.values == Sample()
    assert "ignored" in loaded.problems[0]


@pytest.mark.parametrize("toml", ["", "[project]\nname = 'x'", "[tool.other]\na = 1"])
def test_a_pyproject_without_us_is_no_problem(toml, load):
    assert load(toml=toml) == settings.Loaded(Sample(), dict.fromkeys(GIVEN, settings.DEFAULT), ())


def test_a_number_beyond_floats_in_pyproject_is_a_problem_too(load):
    assert "ratio" in load(toml=f"[tool.paceline]\nratio = 1{'0' * 400}").problems[0]


def test_the_nearest_pyproject_above_is_read(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.paceline]\ncount = 5")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert settings.load(Sample, environ={}, folder=inner).values.count == 5


def test_a_latin_1_pyproject_is_passed_over(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"# \xe4\n[tool.paceline]\ncount = 5")
    assert settings.load(Sample, environ={}, folder=tmp_path).values.count == 3


def test_an_unknown_name_is_refused_with_the_nearest(load):
    with pytest.raises(errors.SettingsError, match=r"unknown setting 'cuont'; did you mean 'count'\?"):
        settings.check_names(("ratio", "cuont"), (Sample,))
    with pytest.raises(errors.SettingsError, match="known are count, loud"):
        settings.check_names(("xyzzy",), (Sample,))
    settings.check_names(tuple(GIVEN), (Sample,))


def test_a_working_directory_that_is_gone_is_no_reason_to_fail(tmp_path):
    code = (
        "import os, tempfile; d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)\n"
        "from paceline.engine import configuration, parts; print(configuration.configure({}).service)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ})
    assert (ran.returncode, ran.stdout.strip()) == (0, "service"), ran.stderr[-500:]


@pytest.mark.parametrize(
    ("value", "disabled"), [("1", True), ("true", True), ("0", False), ("off", False), ("", False)]
)
def test_paceline_can_be_turned_off(value, disabled):
    assert settings.is_disabled({"PACELINE_DISABLE": value}) is disabled
    assert not settings.is_disabled({})
