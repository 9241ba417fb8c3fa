"""A slot learns its route's own p99 and counts status codes until they are taken."""

import random

import pytest

from paceline.telemetry import series
from paceline.telemetry import window as windows
from paceline.telemetry.running import limits, slots


def slot_of(route, outcome=slots.OK):
    return slots.RequestSlot(("GET", route, outcome), limits.Limits())


def window_of(values):
    made = series.Series()
    for value in values:
        made.record(value)
    return made


def test_nothing_is_slow_before_a_hundred_requests():
    slot = slot_of("/a")
    slot.learn(window_of([100] * 99))
    assert not slot.is_slow(10_000)
    slot.learn(window_of([100]))
    assert slot.is_slow(10_000)
    assert not slot.is_slow(100)


@pytest.mark.parametrize("per_window", [7, 400], ids=["a quiet route", "a busy route"])
def test_the_estimate_follows_the_true_p99(per_window):
    """Exponential times of mean 1 ms have their p99 at 4.6 ms; after a change to 3 ms, at 13.8 ms."""
    rnd = random.Random(5)
    slot = slot_of("/a")
    for mean in (1e6, 3e6):
        for _ in range(14_000 // per_window):
            slot.learn(window_of([int(rnd.expovariate(1 / mean)) for _ in range(per_window)]))
        assert 0.6 < slot.p99_ns / (4.605 * mean) < 1.6


def test_each_status_has_a_state_of_its_own_and_is_taken_once():
    slot = slot_of("/a")
    for status in (200, 201, 200, 204):
        slot.state(status, pieces=False).raw.append(5)
    assert [(state.status, state.take().total.count) for state in slot.states] == [(200, 2), (201, 1), (204, 1)]
    assert [state.take().total.count for state in slot.states] == [0, 0, 0]


def test_only_what_came_in_pieces_has_a_first_byte_apart_from_the_last():
    slot = slot_of("/a")
    assert slot.state(200, pieces=True) is not slot.state(200, pieces=False)
    assert slot.state(200, pieces=False).take().first_byte is None
    assert slot.state(200, pieces=True).take().first_byte.count == 0


def test_what_is_folded_is_named_so():
    assert slots.RequestSlot((windows.OTHER, windows.OTHER, slots.OK), limits.Limits()).label == windows.OTHER
    assert slot_of("/a").label == "GET /a"


@pytest.mark.parametrize("outcome", slots.OUTCOMES)
def test_only_our_own_failures_are_failures(outcome):
    assert slot_of("/a", outcome).is_failure == (outcome in {"server_error", "broken_after_start"})
