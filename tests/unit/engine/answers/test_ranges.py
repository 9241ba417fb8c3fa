"""Every answer says what it stands on: the range that was read, how many values, and what is missing."""

from tests import fix_measurements as made

from paceline.engine.answers import ranges
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows

OTHER = ("GET", windows.OTHER, "ok")


def test_a_moment_is_rfc_3339_in_utc_with_milliseconds():
    assert ranges.rfc3339(made.NOW_MS + 250) == "2026-01-01T00:00:00.250Z"


def test_the_range_tells_what_was_lost_and_what_was_folded():
    lost = {(windows.DROPPED, "windows"): 2, (windows.DROPPED, "traces"): 0, (windows.FOLDED, "statements"): 5}
    info = ranges.range_info(made.snapshot(counters=lost), 3)

    assert (info.n, info.seconds, info.workers) == (3, 3_600.0, ("7",))
    assert (info.dropped, info.folded) == ({"windows": 2}, {"statements": 5})


def test_what_stands_under_other_was_folded_even_if_its_counter_was_not_read():
    requests = {(windows.REQUEST, windows.OTHER, windows.OTHER, "ok"): made.distribution([1.0] * 4)}
    snapshot = snapshots.Snapshot(0, 1_000, distributions=requests, counters={(windows.FOLDED, "requests"): 1})

    assert ranges.range_info(snapshot, 4).folded == {"requests": 4}


def test_steps_that_follow_each_other_are_one_snapshot():
    level = {("memory.rss", "7"): windows.Gauge.of(3.0)}
    one = made.snapshot({("GET", "/a", "ok"): [1.0]}, since_ms=0, until_ms=2_000, gauges=level)
    two = made.snapshot({("GET", "/a", "ok"): [5.0]}, {("f1", "GET /a"): [1.0]}, since_ms=2_000, until_ms=4_000)
    whole = ranges.combined([one, two])
    key = (windows.REQUEST, "GET", "/a", "ok")

    assert (whole.since_ms, whole.until_ms, whole.workers) == (0, 4_000, ("7",))
    assert (whole.distributions[key].count, whole.distributions[key].max) == (2, 5_000_000)
    assert whole.counters[windows.STATUS, "GET", "/a", "ok", "200"] == 2
    assert (whole.gauges, whole.texts) == (level, {"f1": "SELECT f1"})
    assert one.distributions[key].count == 1  # the steps themselves stay as they were
