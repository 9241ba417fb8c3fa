import dataclasses

import pytest
from tests import fix_measurements as made

from paceline.engine.answers import health
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface

STATUS = interface.Status("shop.db", True, 1_000, 10_000, ("7",), None)
WELL = health.Signs(
    made.snapshot({("GET", "/a", "ok"): [1.0] * 100}), frozenset({"7"}), STATUS, None, 0.8, 50 * 1024**3, 100 * 1024**3
)


def judged(check, **changes):
    """Return the status as a whole and of one check."""
    found = health.judge(dataclasses.replace(WELL, **changes))
    return found.status, {each.name: each.status for each in found.checks}[check]


def test_all_well_is_ok():
    assert health.judge(WELL).status == health.OK


def failing(count):
    return made.snapshot({("GET", "/a", "ok"): [1.0] * (100 - count), ("GET", "/a", "server_error"): [1.0] * count})


def using(ratio):
    return made.snapshot(gauges={("memory.usage_ratio", "7"): windows.Gauge.of(ratio)})


@pytest.mark.parametrize(
    ("check", "changes", "expected"),
    [
        ("store", {"status": None, "problem": "gone"}, "failing"),
        ("store", {"status": dataclasses.replace(STATUS, note="kept in memory")}, "degraded"),
        ("windows", {"live": frozenset()}, "degraded"),
        ("errors", {"snapshot": failing(4)}, "ok"),
        ("errors", {"snapshot": failing(5)}, "degraded"),
        ("errors", {"snapshot": failing(50)}, "failing"),
        ("errors", {"snapshot": made.snapshot({("GET", "/a", "server_error"): [1.0] * 19})}, "ok"),
        ("memory", {"snapshot": using(0.79)}, "ok"),
        ("memory", {"snapshot": using(0.8)}, "degraded"),
        ("memory", {"snapshot": using(0.98)}, "failing"),
        ("memory", {"snapshot": using(0.98), "live": frozenset({"8"})}, "ok"),
        ("disk", {"disk_free_bytes": 4 * 1024**3}, "degraded"),
        ("disk", {"disk_free_bytes": 1024**2}, "failing"),
        ("disk", {"disk_free_bytes": None}, "ok"),
        ("dropped", {"snapshot": made.snapshot(counters={(windows.DROPPED, "windows"): 1})}, "degraded"),
    ],
)
def test_the_whole_is_as_bad_as_its_worst_check(check, changes, expected):
    assert judged(check, **changes) == (expected, expected)
