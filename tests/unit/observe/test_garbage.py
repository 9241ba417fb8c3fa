"""The collector's state, its pauses, and a collection on request."""

import gc

import pytest
from tests import fix_kernel_files

from paceline import clock as clocks
from paceline.observe import garbage


@pytest.fixture
def timer():
    """A timer on a clock that moves 1 ms with every look, stopped at the end."""
    clock = clocks.FakeClock()

    def now_ns():
        clock.advance(0.001)
        return clock.monotonic_ns()

    made = garbage.PauseTimer(now_ns)
    gc.disable()
    yield made
    made.stop()
    gc.enable()


def _cycles(count):
    for _ in range(count):
        ring = []
        ring.append(ring)


def test_the_state_has_three_generations_with_their_thresholds():
    reading = garbage.read()
    assert reading.enabled is gc.isenabled()
    assert tuple(each.threshold for each in reading.generations) == gc.get_threshold()
    assert reading.frozen == gc.get_freeze_count()
    assert reading.unavailable == ()


def test_a_collection_counts_in_its_generation():
    before = garbage.read().generations[2].collections
    gc.collect()
    assert garbage.read().generations[2].collections == before + 1


def test_pauses_are_counted_per_generation(timer):
    timer.start()
    gc.collect(0)
    gc.collect(2)
    gc.collect(2)
    young, _, old = timer.pauses()
    assert young == garbage.Pauses(count=1, total_ns=1_000_000, longest_ns=1_000_000)
    assert old == garbage.Pauses(count=2, total_ns=2_000_000, longest_ns=1_000_000)


def test_starting_and_stopping_twice_changes_nothing(timer):
    before = len(gc.callbacks)
    timer.start()
    timer.start()
    assert len(gc.callbacks) == before + 1
    timer.stop()
    timer.stop()
    assert len(gc.callbacks) == before


def test_what_was_counted_survives_the_stop(timer):
    timer.start()
    gc.collect()
    timer.stop()
    gc.collect()
    assert timer.pauses()[2].count == 1


def test_a_collection_whose_beginning_was_not_seen_does_not_count(timer):
    timer.start()
    gc.callbacks[-1]("stop", {"generation": 2})
    assert [each.count for each in timer.pauses()] == [0, 0, 0]


def test_a_report_without_a_known_generation_is_passed_over(timer):
    timer.start()
    for info in ({}, {"generation": 7}):
        gc.callbacks[-1]("start", info)
        gc.callbacks[-1]("stop", info)
    assert [each.count for each in timer.pauses()] == [0, 0, 0]


def test_collecting_frees_cycles_and_tells_the_memory_before_and_after(tmp_path):
    tree = fix_kernel_files.recorded(tmp_path, fix_kernel_files.PROCESS)
    gc.collect()
    _cycles(100)
    result = garbage.collect(clocks.FakeClock(), tree.proc)
    assert result.freed_objects >= 100
    assert result.rss_before_bytes == result.rss_after_bytes
    assert result.freed_bytes == 0
    assert result.pause_ns == 0


def test_collecting_without_proc_leaves_the_bytes_open(tmp_path):
    result = garbage.collect(clocks.SYSTEM, tmp_path)
    assert result.freed_bytes is None
    assert result.pause_ns > 0
