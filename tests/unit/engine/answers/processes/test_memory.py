"""Memory of each worker and of all: sums where sums mean something, reasons where nothing was measured."""

import pytest
from tests import fix_measurements as made

from paceline.engine.answers.processes import memory, workers
from paceline.telemetry import window as windows

MB = 1024 * 1024


def levels(worker, rss, ratio=None, **more):
    """Return gauges of one worker whose resident memory rose from half of `rss`."""
    found = {("memory.rss", worker): windows.Gauge(rss * MB, rss * MB / 2, rss * MB, rss * MB * 1.5, 2)}
    if ratio is not None:
        found["memory.usage_ratio", worker] = windows.Gauge.of(ratio)
    return found | {(name.replace("__", "."), worker): windows.Gauge.of(value) for name, value in more.items()}


def told(*gauges, live=("7",), threshold=0.8, **introductions):
    merged = {key: value for part in gauges for key, value in part.items()}
    return memory.Readings(made.snapshot(gauges=merged), (), frozenset(live), introductions, threshold)


def test_current_is_of_the_live_workers_and_the_others_are_still_listed():
    stats = memory.stats(told(levels("7", 100), levels("8", 50)))

    assert (stats.current.rss.bytes, stats.average.rss.bytes, stats.peak.rss.bytes) == (100 * MB, 75 * MB, 100 * MB)
    assert [(each.worker, each.live) for each in stats.workers] == [("7", True), ("8", False)]
    assert stats.current.rss.formatted == "100.0 MB"


def test_when_nobody_is_live_the_range_still_has_an_average_and_a_peak():
    stats = memory.stats(told(levels("7", 100), levels("8", 50), live=()))

    assert (stats.current.rss, stats.peak.rss.bytes) == (None, 150 * MB)
    assert {gap.reason for gap in stats.unavailable} == {"no worker is live: all left or fell silent"}


def test_usage_is_that_of_the_worker_nearest_to_its_limit():
    stats = memory.stats(told(levels("7", 100, 0.3), levels("8", 50, 0.85), live=("7", "8")))

    assert (stats.usage_percent, stats.usage.over_threshold) == (85.0, True)
    assert [each.usage.over_threshold for each in stats.workers] == [False, True]


def test_one_worker_can_be_asked_for():
    stats = memory.stats(told(levels("7", 100), levels("8", 50), live=("7", "8")), worker="8")

    assert (stats.current.rss.bytes, [each.worker for each in stats.workers]) == (50 * MB, ["8"])


def test_what_a_platform_cannot_measure_is_none_with_its_own_reason():
    here = workers.Introduction("7", unavailable={"native_bytes": "no such counter on this system"})
    stats = memory.stats(told(levels("7", 100), **{"7": here}))
    reasons = {gap.field: gap.reason for gap in stats.unavailable}

    assert stats.current.native is None
    assert reasons["current.native"] == "no such counter on this system"
    assert reasons["current.heap_used"] == "not reported in the range"


def test_the_heap_that_is_free_but_not_given_back_is_told():
    heap = {"memory__heap_reserved": 80.0 * MB, "memory__heap_used": 60.0 * MB, "memory__allocated_blocks": 9.0}
    (one,) = memory.stats(told(levels("7", 100, **heap))).workers

    assert (one.allocator.heap_free.bytes, one.allocator.heap_free_percent) == (20 * MB, 25.0)
    assert one.allocator.allocated_blocks == 9


def test_collections_add_up_and_the_longest_pause_is_the_longest():
    first = levels("7", 1, gc__collections=3.0, gc__pause_ms=5.0)
    second = levels("8", 1, gc__collections=4.0, gc__pause_ms=8.0)
    collector = memory.stats(told(first, second, live=("7", "8"))).gc

    assert (collector.collections, collector.pause_ms, collector.longest_pause_ms) == (7, 13.0, 8.0)
    assert collector.enabled is None


@pytest.mark.parametrize("count", [None, 0, 1536])
def test_a_size_is_for_machines_and_for_people(count):
    assert memory.size(count) == {None: None, 0: memory.Size(0, "0 B"), 1536: memory.Size(1536, "1.5 KB")}[count]
