"""A process tells its gauges at each flush, once an hour what it is, and warns when its memory nears the limit."""

import pytest

from paceline import clock as clocks
from paceline.observe import process, settings
from paceline.telemetry import window as windows


@pytest.fixture
def clock():
    return clocks.FakeClock()


@pytest.fixture
def make(recorder, clock):
    made = []

    def making(**wanted):
        about = {"version": "1.2"}
        one = process.ProcessGauges(recorder, settings.ObserveSettings(**wanted), about=about, clock=clock)
        made.append(one)
        return one

    yield making
    for one in made:
        one.pauses.stop()


def events(recorder, kind):
    return [event for event in recorder.take(0, {}).events if event.kind == kind]


def test_every_gauge_ends_with_the_worker(make, recorder):
    found = make().collect()
    assert {key[1] for key in found} == {recorder.worker}
    names = {key[0] for key in found}
    assert {"memory.rss", "memory.usage_ratio", "gc.collections", "gc.pause_ms", "threads"} <= names
    assert found["memory.rss", recorder.worker].last > 1_000_000


def test_it_says_what_it_is_at_its_start_and_once_an_hour(make, recorder, clock):
    gauges = make()
    told = []
    for _ in range(1_900):  # a little more than an hour, of which only some are looked at for speed
        clock.advance(100)
        gauges.collect()
        told += events(recorder, windows.WORKER)
        if clock.monotonic_ns() > 3_800 * 10**9:
            break
    assert len(told) == 2
    assert told[0].body["version"] == "1.2"
    assert {"pid", "python_version", "cores", "limit_bytes", "unavailable"} <= set(told[0].body)


def test_above_its_threshold_it_warns_once_in_five_minutes(make, recorder, clock, caplog):
    gauges = make(memory_threshold=1e-9)
    warned = []
    for _ in range(21):  # 630 s
        gauges.collect()
        warned += events(recorder, windows.WARNING)
        clock.advance(30)
    assert len(warned) == len(caplog.messages) == 3
    assert warned[0].body["what"] == "memory"
    assert "see /memory/stats" in caplog.text


def test_below_its_threshold_it_is_silent_and_follows_a_live_change(make, recorder, clock):
    gauges = make(memory_threshold=1.0)
    gauges.collect()
    assert events(recorder, windows.WARNING) == []
    gauges.threshold = 1e-9
    gauges.collect()
    assert events(recorder, windows.WARNING) == []  # not before memory_check_seconds are over
    clock.advance(30)
    gauges.collect()
    assert len(events(recorder, windows.WARNING)) == 1


def test_pauses_of_the_collector_are_those_since_the_last_look(make):
    import gc

    gauges = make()
    gauges.collect()
    gc.collect()
    worker = gauges._worker
    assert gauges.collect()["gc.pause_ms", worker].last > 0
    gc.disable()
    try:
        assert gauges.collect()["gc.pause_ms", worker].last == 0
    finally:
        gc.enable()


def test_a_child_after_a_fork_is_a_process_of_its_own(make, recorder):
    gauges = make()
    gauges.collect()
    recorder.worker = "child"
    assert {key[1] for key in gauges.collect()} == {"child"}
    assert len(events(recorder, windows.WORKER)) == 2
