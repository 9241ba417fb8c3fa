"""The flush thread: a store may be broken, slow or gone, and no request hears of it."""

import logging
import threading
import time

import pytest
from tests.fix_observed import eventually

from paceline import clock as clocks
from paceline import errors
from paceline.telemetry import flusher
from paceline.telemetry import recorder as recorders
from paceline.telemetry import records as r
from paceline.telemetry import window as windows


class Shelf:
    """A store that keeps windows in a list, or fails in the way it is told."""

    def __init__(self):
        self.windows = []
        self.failure = None

    def write(self, part):
        if self.failure is not None:
            raise self.failure
        self.windows.append(part)

    def requests(self):
        tallies = [tally for part in self.windows for key, tally in part.tallies.items() if key[0] == windows.REQUEST]
        return sum(tally.count for tally in tallies)


def finish(recorder, route="/a", took=5):
    record = r.new(0, "GET")
    record[r.END] = record[r.FIRST_BYTE] = took
    record[r.STATUS], record[r.FLAGS], record[r.ROUTE] = 200, 0, route
    recorder.finish(record)


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def clock():
    return clocks.FakeClock()


@pytest.fixture
def made(recorder, shelf, clock):
    """A flusher whose thread a test starts, if it wants one; `flush` works without."""
    one = flusher.Flusher(recorder, shelf, clock)
    recorder.on_first_use = None
    yield one
    one.stop()


def test_a_window_has_the_gauges_and_lies_on_the_interval_that_ended(made, recorder, shelf, clock):
    level = {("memory.rss", "1"): windows.Gauge.of(4)}
    made.collectors.append(lambda: level)
    finish(recorder)
    clock.advance(2)
    made.flush()
    (window,) = shelf.windows
    assert (window.start_ms, window.gauges) == (1_767_225_600_000, level)
    assert shelf.requests() == 1


def test_what_follows_a_flush_is_done_after_it(made, shelf):
    seen = []
    made.after_flush += [lambda: seen.append(len(shelf.windows)), lambda: seen.append("last")]
    made.flush()
    assert seen == [1, "last"]


def test_a_store_that_fails_for_a_while_gets_everything_later(made, recorder, shelf):
    shelf.failure = errors.StoreError("disk full")
    for _ in range(flusher.BACKLOG):
        finish(recorder)
        made.flush()
    shelf.failure = None
    made.flush()
    assert (shelf.requests(), made.dropped_windows) == (flusher.BACKLOG, 0)


def test_a_store_that_fails_for_long_costs_the_oldest_windows_and_they_are_counted(made, recorder, shelf):
    recorder.background("select a from t", 1)
    shelf.failure = errors.StoreError("disk full")
    for _ in range(flusher.BACKLOG + 4):
        finish(recorder)
        made.flush()
    assert made.dropped_windows == 4
    shelf.failure = None
    recorder.background("select a from t", 1)
    made.flush()
    assert shelf.windows[0].counters[windows.DROPPED, "windows"] == 4
    assert sum((windows.DROPPED, "windows") in part.counters for part in shelf.windows) == 1
    assert shelf.requests() == flusher.BACKLOG
    assert len(shelf.windows[-1].texts) == 1, "the text went with a window that was dropped: it is sent again"


def test_one_complaint_a_minute(made, shelf, clock, caplog):
    shelf.failure = errors.StoreError("disk full: free some space")
    for _ in range(90):  # three minutes
        made.flush()
        clock.advance(2)
    assert len(caplog.records) == 3
    assert caplog.records[0].name == "paceline"
    assert "disk full: free some space; 0 windows dropped so far, requests are not affected" in caplog.text
    assert "58 windows dropped" in caplog.text


def test_a_mistake_of_ours_drops_one_window_and_the_next_is_written(made, recorder, shelf, caplog):
    """An error that is not the store's word would meet the same window again, for ever."""
    shelf.failure = RuntimeError("a bug")
    for _ in range(20):
        finish(recorder)
        made.flush()
    assert len(made._backlog) == 0
    shelf.failure = None
    finish(recorder)
    made.flush()
    assert (shelf.requests(), shelf.windows[0].counters[windows.DROPPED, "windows"]) == (1, 20)
    assert "could not flush" in caplog.text


@pytest.mark.parametrize("where", ["collectors", "after_flush"])
def test_a_part_that_raises_is_logged_and_flushing_goes_on(where, made, recorder, shelf, caplog):
    def broken():
        message = "a bug"
        raise RuntimeError(message)

    getattr(made, where).append(broken)
    finish(recorder)
    made.flush()
    getattr(made, where).clear()
    made.flush()
    assert "could not flush" in caplog.text
    assert shelf.requests() == 1


def test_slow_responses_are_lines_in_the_hosts_log(made, recorder, caplog):
    finish(recorder, took=10**9)
    with caplog.at_level(logging.WARNING, "paceline.slow"):
        made.flush()
    assert caplog.messages == ["slow response 1.0 s GET /a status 200"]


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "paceline-flush"]


def test_no_thread_before_the_first_request(recorder, shelf):
    before = len(threads())
    made = flusher.Flusher(recorder, shelf)
    assert len(threads()) == before
    finish(recorder)
    assert len(threads()) == before + 1
    assert made.stop()
    assert len(threads()) == before
    assert not made.stop()


def test_stopping_flushes_what_there_is(recorder, shelf):
    made = flusher.Flusher(recorder, shelf)
    for _ in range(10):
        finish(recorder)
    made.stop()
    assert shelf.requests() == 10


def test_the_last_window_says_that_the_process_leaves_and_only_that_one(recorder, shelf):
    made = flusher.Flusher(recorder, shelf)
    finish(recorder)
    made.flush()
    made.stop()
    said = [[event.kind for event in window.events] for window in shelf.windows]
    assert said == [[]] * (len(said) - 1) + [[windows.WORKER_LEFT]]


def test_a_store_that_is_locked_at_the_end_is_tried_again(recorder, shelf):
    """Workers that leave together meet at its lock."""
    made = flusher.Flusher(recorder, shelf)
    finish(recorder)
    shelf.failure, write = errors.StoreError("locked"), shelf.write

    def locked_once(part):
        try:
            write(part)
        finally:
            shelf.failure = None

    shelf.write = locked_once
    made.stop()
    assert shelf.requests() == 1


def test_what_ends_while_the_last_flush_runs_is_flushed_too(recorder, shelf):
    """`stop` may come in the middle of a flush that has already taken its window."""
    inside, go_on = threading.Event(), threading.Event()
    made = flusher.Flusher(recorder, shelf)

    def pause():
        inside.set()
        go_on.wait(3)

    made.after_flush.append(pause)
    finish(recorder)
    made._wake.set()
    inside.wait(3)
    finish(recorder)
    threading.Timer(0.05, go_on.set).start()
    made.stop()
    assert shelf.requests() == 2


def test_a_store_that_hangs_holds_up_neither_requests_nor_the_end(recorder, shelf):
    hanging, go_on = threading.Event(), threading.Event()

    def hang(part):
        hanging.set()
        go_on.wait(10)

    shelf.write = hang
    made = flusher.Flusher(recorder, shelf)
    finish(recorder)
    made._wake.set()
    hanging.wait(3)
    began = time.monotonic()
    for _ in range(1_000):
        finish(recorder)
    made.stop()
    assert time.monotonic() - began < 2  # the promise itself: a process that is told to leave is gone
    go_on.set()
    eventually(lambda: not threads())


def test_a_full_window_is_flushed_before_its_time(recorder, shelf, clock):
    recorder.limits.max_window_bytes = 100_000
    made = flusher.Flusher(recorder, shelf, clock)  # whose time stands still: the thread would wait for 2 s
    for number in range(recorders.FOLD_EVERY + 50):
        finish(recorder, f"/{number}")
    eventually(lambda: shelf.requests() > 0, 1.0)
    made.stop()


def test_it_can_be_started_again_and_starting_twice_is_one_thread(recorder, shelf):
    made = flusher.Flusher(recorder, shelf)
    before = len(threads())
    for _ in range(2):
        made.start()
        made.start()
        assert len(threads()) == before + 1
        finish(recorder)
        made.stop()
    assert shelf.requests() == 2


def test_a_window_counts_in_the_slot_that_it_fills_however_late_the_thread_wakes(recorder, shelf):
    """A thread that wakes 1 to 400 ms late, or a little early, neither skips a slot nor fills one twice."""
    clock = clocks.FakeClock(now_ms=1_767_225_600_000)
    made = flusher.Flusher(recorder, shelf, clock)
    recorder.on_first_use = None
    for step_s in (2.003, 1.998, 2.4, 1.7, 1.9, 2.0, 1.999):
        clock.advance(step_s)
        made.flush()
    starts = [window.start_ms - 1_767_225_600_000 for window in shelf.windows]
    assert starts == [0, 2_000, 4_000, 6_000, 8_000, 10_000, 12_000]
