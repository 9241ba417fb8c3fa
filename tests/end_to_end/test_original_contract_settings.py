"""The contract with the original design, third part: the settings that users know, and at the very end forgetting.

What belongs to a later feature stands as an expected failure with the reason, and the suite fails when it is kept and
still stands there.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from tests import fix_cli
from tests.end_to_end import fix_contract

from paceline import Paceline, errors
from paceline.demo import watched

TIMEZONE = "busy hours are judged once there is a finding that knows them"
ON_THRESHOLD = "memory_on_threshold takes only warn so far"

HEALTH_PROBES = ["/health", "/healthz", "/livez", "/live", "/readyz", "/ready", "/ping"]
SETTINGS = {
    "slow_statement_ms": (1_000, True, 500),
    "slow_response_ms": (200, True, 300),
    "slow_log_size": (1_000, True, 2_000),
    "objective_p95_ms": (100, True, 150),
    "objectives": ({}, True, {"GET /orders/{order_id}": 250.0}),
    "memory_threshold": (0.8, True, 0.7),
    "memory_check_seconds": (30, True, 60),
    "memory_on_threshold": ("warn", True, "warn"),
    "statement_samples": ("types", True, "off"),
    "prefix": ("/performance", False, "/internal"),
    "service": (None, False, "shop"),
    "environment": (None, False, "staging"),
    "version": (None, False, "1.2.3"),
    "timezone": (None, False, "Europe/Berlin"),
    "retention": ("2s:1h 1m:48h 1h:13mo", False, "2s:2h 1m:24h 1h:180d"),
    "max_store_bytes": (1_000_000_000, False, 2_000_000_000),
    "max_request_keys": (2_000, False, 500),
    "max_statement_keys": (5_000, False, 800),
    "exclude_routes": (HEALTH_PROBES, True, ["/healthz"]),
    "error_status_from": (400, True, 500),
}
"""Name, default, whether it is live, and another value, in the order of the design's table."""

ROWS = {
    "api_stats": ("top", 10),
    "database_stats": ("top", 10),
    "slow_queries": ("limit", 10),
    "frequency": ("limit", 100),
    "missing_indexes": ("limit", 20),
    "journal": ("limit", 50),
}
"""`top`, which is said with each call: rows by default."""

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
GIVEN_TO_THE_SHOP = {"service": watched.SERVICE, "environment": "demo"}


def said_by_doctor(folder, **environ):
    """Return (value, source) of each setting that `paceline doctor` shows."""
    done = fix_cli.paceline(folder, "doctor", "--json", more=environ)
    (section,) = [one for one in json.loads(done.stdout)["sections"] if one["title"] == "settings"]
    shown = {}
    for facts in (line["facts"] for line in section["lines"]):
        shown |= {name: (value, "default") for name, value in facts.get("defaults", {}).items()}
        if "name" in facts:
            shown[facts["name"]] = (facts["value"], facts["source"])
    return shown


def written(value):
    """Return a value as the environment has it."""
    if isinstance(value, dict):
        return json.dumps(value)
    return ",".join(value) if isinstance(value, list) else str(value)


# --- names and defaults


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_has_its_default_and_says_whether_it_is_live(shop, name):
    default, live, _ = SETTINGS[name]
    shown = {one["name"]: one for one in shop.answer("/settings")["settings"]}[name]

    assert (shown["default"], shown["live"]) == (default, live)
    assert shown["value"] == GIVEN_TO_THE_SHOP.get(name, default)
    assert shown["source"] == ("keyword" if name in GIVEN_TO_THE_SHOP else "default")


@pytest.mark.parametrize("question", ROWS)
def test_how_many_rows_is_said_with_each_call(question):
    name, default = ROWS[question]

    assert inspect.signature(getattr(Paceline(store="sqlite:///:memory:").service, question)).parameters[
        name
    ].default == (default)


def test_each_name_is_a_keyword(tmp_path):
    for name, (default, _, another) in SETTINGS.items():
        Paceline(**{"store": f"sqlite:///{tmp_path}/a.db", name: another})
        assert another != default or name == "memory_on_threshold"
    with pytest.raises(errors.SettingsError, match="did you mean 'slow_response_ms'"):
        Paceline(slow_respons_ms=300)


def test_each_name_is_a_variable_and_doctor_shows_value_and_source(tmp_path):
    environ = {f"PACELINE_{name.upper()}": written(another) for name, (_, _, another) in SETTINGS.items()}
    shown = said_by_doctor(tmp_path, **environ)

    assert {name: shown[name] for name in SETTINGS} == {
        name: (another, "environment") for name, (_, _, another) in SETTINGS.items()
    }


def test_each_name_is_a_key_of_pyproject_and_doctor_shows_value_and_source(tmp_path):
    lines = [
        f"{name} = {json.dumps(another)}" for name, (_, _, another) in SETTINGS.items() if not isinstance(another, dict)
    ]
    table = ["[tool.paceline.objectives]", '"GET /orders/{order_id}" = 250']
    (tmp_path / "pyproject.toml").write_text("\n".join(["[tool.paceline]", *lines, *table]))
    shown = said_by_doctor(tmp_path)

    assert {name: shown[name] for name in SETTINGS} == {
        name: (another, "pyproject.toml") for name, (_, _, another) in SETTINGS.items()
    }


def test_a_wrong_value_ends_a_command_with_64_and_leaves_a_host_its_default(tmp_path, monkeypatch):
    monkeypatch.setenv("PACELINE_SLOW_RESPONSE_MS", "-1")

    assert fix_cli.paceline(tmp_path, "top", more={"PACELINE_SLOW_RESPONSE_MS": "-1"}).returncode == 64
    assert Paceline(store=f"sqlite:///{tmp_path}/a.db").api_stats().slow_response_ms == 200


# --- live


@pytest.fixture(scope="module")
def changed(shop):
    """What came of changing a setting while the shop runs."""
    yield shop.rest("/settings/slow_response_ms", "PUT", json={"value": 50})
    shop.rest("/settings/slow_response_ms", "PUT", json={"value": None})


def test_a_live_setting_reaches_all_workers_and_the_journal(shop, changed):
    (entry, *_) = shop.answer("/journal", limit=1)["rows"]

    assert changed.status_code == 200
    assert changed.json()["workers"] == dict.fromkeys(shop.pids, "applied")
    assert (entry["action"], entry["arguments"]) == ("put_setting", {"name": "slow_response_ms", "value": 50.0})
    assert entry["undo"] == {"action": "put_setting", "arguments": {"name": "slow_response_ms", "value": None}}


def test_a_live_setting_holds_in_processes_that_start_later_and_doctor_names_its_source(shop, changed):
    later = Paceline(service=watched.SERVICE, store=shop.store, slow_response_ms=400)
    done = shop.command("doctor", "--json")
    facts = [line["facts"] for part in json.loads(done.stdout)["sections"] for line in part["lines"]]

    assert later.api_stats().slow_response_ms == 50
    assert {"name": "slow_response_ms", "value": 50.0, "source": "live"}.items() <= next(
        one for one in facts if one.get("name") == "slow_response_ms"
    ).items()
    later.stop()


@pytest.mark.parametrize("name", [name for name, (_, live, _) in SETTINGS.items() if not live])
def test_what_is_not_live_takes_a_restart_and_says_so(shop, name):
    refused = shop.rest(f"/settings/{name}", "PUT", json={"value": SETTINGS[name][2]})

    assert refused.status_code == 422
    assert "restart" in refused.text


@pytest.mark.parametrize("name", ["slow_response_ms", "memory_threshold", "statement_samples", "error_status_from"])
def test_a_live_value_that_makes_no_sense_is_refused(shop, name):
    assert shop.rest(f"/settings/{name}", "PUT", json={"value": -1}).status_code == 422
    assert shop.rest("/settings/no_such_setting", "PUT", json={"value": 1}).status_code == 404


@pytest.mark.parametrize("value", ["off", "types", "values"])
def test_statement_samples_are_one_of_three(value):
    assert Paceline(statement_samples=value, store="sqlite:///:memory:")


@pytest.mark.xfail(strict=True, reason=ON_THRESHOLD, raises=errors.SettingsError)
@pytest.mark.parametrize("value", ["collect_idle", "trim", "recycle"])
def test_memory_on_threshold_is_one_of_four(value):
    assert Paceline(memory_on_threshold=value, store="sqlite:///:memory:")


@pytest.mark.xfail(strict=True, reason=TIMEZONE)
def test_busy_hours_are_judged_in_the_time_zone_of_the_setting():
    (row,) = [line for line in REFERENCE.read_text().splitlines() if line.startswith("| `timezone`")]

    assert "no other effect" not in row, "judge a busy hour in two time zones here"


# --- at the very end


@pytest.mark.parametrize("what", ["nothing", "", "findings"])
def test_what_cannot_be_cleared_is_refused(shop, what):
    assert shop.rest("/clear-metrics", "POST", params={"what": what}).status_code == 422


def test_clearing_forgets_in_all_workers_and_leaves_the_journal(shop):
    before = shop.answer("/journal", limit=1_000)["rows"]
    findings = shop.answer("/findings")["total"]
    answer = shop.rest("/clear-metrics", "POST")
    told = answer.json()

    assert answer.status_code == 200
    assert told["workers"] == dict.fromkeys(shop.pids, "cleared")
    assert fix_contract.missing(told, ["what", "at", "rows", "range.n"]) == []
    assert shop.answer("/api/stats", since=shop.since)["total_requests"] == 0
    assert shop.answer("/database/stats", since=shop.since)["total_statements"] == 0
    for path in ("/database/slow-queries?by=execution", "/api/slow-requests", "/traces"):
        asked, _, by = path.partition("?by=")
        assert shop.answer(asked, since=shop.since, **({"by": by} if by else {}))["rows"] == []
    after = shop.answer("/journal", limit=1_000)["rows"]
    assert (after[0]["action"], after[1:]) == ("clear_metrics", before)
    assert shop.answer("/findings")["total"] == findings


def test_averages_and_peaks_begin_anew(shop):
    """After the clearing above; what is current was measured since."""
    fix_contract.eventually(lambda: shop.answer("/memory/stats")["average"]["rss"], 6)
    memory = shop.answer("/memory/stats", since=shop.since)

    assert memory["range"]["n"] <= 10 * shop.workers
    assert shop.visit("/").status_code == 200
    assert fix_contract.eventually(lambda: shop.answer("/api/stats")["total_requests"], 6) == 1
