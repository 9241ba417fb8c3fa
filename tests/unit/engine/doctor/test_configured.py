"""The settings: where each comes from, and never a secret."""

from tests import fix_cli
from tests.unit.engine.doctor.fix_circumstances import circumstances_of, facts, said

from paceline.engine.doctor import configured
from paceline.telemetry.store import opening

SECRET = "s3cret-" * 5


def by_name(found):
    return {line.facts["name"]: line.facts for line in configured.examine(found) if "name" in line.facts}


def test_each_source_is_told_with_value_and_default(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.paceline]\nobjective_p95_ms = 50\n")
    fix_cli.fill_store(tmp_path)
    store = opening.open_store(f"sqlite:///{tmp_path}/shop.db", service="shop")
    store.put_setting("slow_statement_ms", 250.0, "operator")
    store.close()
    found = circumstances_of(tmp_path, {"PACELINE_SLOW_RESPONSE_MS": "500"})
    told = by_name(found)
    assert told["slow_response_ms"] == {
        "name": "slow_response_ms",
        "value": 500.0,
        "default": 200.0,
        "source": "environment",
    }
    assert (told["objective_p95_ms"]["value"], told["objective_p95_ms"]["source"]) == (50.0, "pyproject.toml")
    assert (told["slow_statement_ms"]["value"], told["slow_statement_ms"]["source"]) == (250.0, "live")
    assert told["service"]["source"] == "option"
    assert facts(configured, found)["defaults"]["retention"] == "2s:1h 1m:48h 1h:403d"
    texts = [text for _, text, _ in said(configured, found)]
    assert "slow_response_ms = 500 (environment; default 200)" in texts


def test_a_table_is_told_as_a_table(tmp_path):
    found = circumstances_of(tmp_path, {"PACELINE_OBJECTIVES": '{"GET /orders": 250}'})
    assert by_name(found)["objectives"]["value"] == {"GET /orders": 250.0}
    assert by_name(found)["objectives"]["default"] == {}
    assert 'objectives = {"GET /orders": 250.0} (environment; default {})' in [
        text for _, text, _ in said(configured, found)
    ]


def test_every_setting_is_told_once(tmp_path):
    found = circumstances_of(tmp_path)
    every = {name for loaded in found.loaded for name in loaded.sources}
    assert every == by_name(found).keys() | facts(configured, found)["defaults"].keys()


def test_what_was_not_taken_is_a_problem(tmp_path):
    (status, text, fix), *_ = said(
        configured, circumstances_of(tmp_path, {"PACELINE_TOP": "1", "PACELINE_PREFIX": "x"})
    )
    assert status == "problem"
    assert "setting prefix" in text
    assert "docs/reference/settings.md" in fix


def test_no_secret_is_told(tmp_path):
    environ = {"PACELINE_VIEWER_TOKEN": SECRET, "PACELINE_STORE": f"postgresql://u:{SECRET}@h/d"}
    found = circumstances_of(tmp_path, environ, store=None)
    whole = str(list(configured.examine(found)))
    assert SECRET not in whole
    assert by_name(found)["viewer_token"]["value"] == by_name(found)["store"]["value"] == "set"


def test_disabled_is_a_warning(tmp_path):
    assert said(configured, circumstances_of(tmp_path, {"PACELINE_DISABLE": "1"}))[0] == (
        "warning",
        "PACELINE_DISABLE is set: nothing is measured",
        "unset PACELINE_DISABLE",
    )
