"""The documentation is true: its examples run as they stand, and it names what exists."""

from __future__ import annotations

import ast
import importlib.util
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDS_A_DATABASE = {"docs/explain/demo-shop.md"}
"""Pages whose examples speak to the sample shop's database: they are compiled only."""

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def load_check():
    """The script that `make check` runs, as a module."""
    spec = importlib.util.spec_from_file_location("docs_check", ROOT / "docs" / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = load_check()


def examples(page):
    """The Python blocks of a page, compiled so that a traceback names the page's own line."""
    text = page.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        lines_before = text.count("\n", 0, block.start(1))
        yield compile("\n" * lines_before + block[1], str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


PAGES = [page.relative_to(ROOT).as_posix() for page in check.pages() if list(examples(page))]


@pytest.fixture
def state_of_its_own(tmp_path, monkeypatch):
    """An empty working folder and state folder, no settings from outside, and log levels put back afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in [name for name in os.environ if name.startswith(("PACELINE_", "PG", "DATABASE_URL"))]:
        monkeypatch.delenv(name)
    slow = logging.getLogger("paceline.slow")
    level = slow.level
    yield
    slow.setLevel(level)


@pytest.mark.parametrize("name", [name for name in PAGES if name not in NEEDS_A_DATABASE])
def test_the_examples_of_a_page_run_in_order(name, state_of_its_own, monkeypatch):
    """All blocks of a page share one fresh namespace, as a reader's own session would."""
    import paceline

    made = []
    install = paceline.Paceline.install

    def remembering(self, app):
        made.append(self)
        return install(self, app)

    monkeypatch.setattr(paceline.Paceline, "install", remembering)
    namespace = {"__name__": "example"}
    try:
        for code in examples(ROOT / name):
            exec(code, namespace)
    finally:
        for pace in made:
            pace.stop()


def test_the_readme_and_the_first_page_have_examples():
    assert {"README.md", "docs/start/five-minutes.md", "docs/explain/fingerprints.md"} <= set(PAGES)


def test_the_readme_begins_with_claim_picture_and_at_most_ten_lines_of_code():
    """The first screen: what it is, how it looks, how to have it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    picture, code = text.index("!["), _BLOCK.search(text)
    assert picture < code.start()
    assert text.count("\n", 0, picture) <= 6
    assert code[1].count("\n") <= 10
    assert "make demo" in text
    assert "make test" in text


def test_the_picture_is_small_enough_to_load_at_once():
    assert (ROOT / "docs" / "images" / "overview.png").stat().st_size <= 250 * 1024


def test_everything_the_documentation_names_exists():
    assert check.problems() == []


def test_make_check_runs_the_same_script():
    """It prints nothing and exits with 0 when all is well."""
    done = subprocess.run([sys.executable, "docs/check.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_broken_link_and_a_missing_file_are_told_one_line_each(tmp_path):
    """The check itself is tried on a page that is wrong."""
    (tmp_path / "README.md").write_text("# A\n[b](docs/b.md) [c](#nowhere) [d](#a) `docs/d.md` `pip install`\n")
    assert list(check.links(tmp_path)) == [
        "README.md: link to docs/b.md, which does not exist",
        "README.md: link to #nowhere, but README.md has no such heading",
        "README.md: names docs/d.md, which does not exist",
    ]


def test_a_setting_with_another_default_is_told():
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert list(check.settings(text.replace("`slow_response_ms` | `200`", "`slow_response_ms` | `300`"))) == [
        "docs/reference/settings.md: the default of slow_response_ms is 200, not 300"
    ]
    assert list(check.settings(text + "| `speed` | none | Faster. |\n")) == [
        "docs/reference/settings.md: speed is no setting"
    ]


def test_a_path_and_a_parameter_that_are_missing_are_told():
    text = (ROOT / "docs/reference/rest.md").read_text(encoding="utf-8")
    assert list(check.rest(text.replace("### `GET /overview`", "### `GET /overviews`"))) == [
        "docs/reference/rest.md: GET /overview is missing",
        "docs/reference/rest.md: GET /overviews does not exist",
    ]
    assert "docs/reference/rest.md: GET /live lacks its parameter poll" in list(
        check.rest(text.replace("`poll`", "poll"))
    )


def test_a_command_and_an_option_that_are_missing_are_told():
    text = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert list(check.commands(text.replace("| `--reset` |", "| `--renew` |"))) == [
        "docs/reference/cli.md: paceline demo --renew does not exist",
        "docs/reference/cli.md: paceline demo --reset is missing",
    ]
    assert "docs/reference/cli.md: paceline top is missing" in list(
        check.commands(text.replace("`paceline top`", "top"))
    )


def test_a_changelog_of_another_version_is_told():
    assert list(check.version("## [9.0.0] - unreleased")) == [
        f"CHANGELOG.md: the newest entry is 9.0.0, the version is {check.paceline.__version__}"
    ]
