"""A slot learns its route's own p99 and counts status codes until they are taken."""

import random

import pytest

from paceline.telemetry import series
from paceline.telemetry import window as windows
from paceline.telemetry.running import slots


def window_of(values):
    made = series.Series()
    for value in values:
        made.record(value)
    return made


def test_nothing_is_slow_before_a_hundred_requests():
    slot = slots.RequestSlot("GET", "/a", slots.OK)
    slot.learn(window_of([100] * 99))
    assert not slot.is_slow(10_000)
    slot.learn(window_of([100]))
    assert slot.is_slow(10_000)
    assert not slot.is_slow(100)


@pytest.mark.parametrize("per_window", [7, 400], ids=["a quiet route", "a busy route"])
def test_the_estimate_follows_the_true_p99(per_window):
    """Exponential times of mean 1 ms have their p99 at 4.6 ms; after a change to 3 ms, at 13.8 ms."""
    rnd = random.Random(5)
    slot = slots.RequestSlot("GET", "/a", slots.OK)
    for mean in (1e6, 3e6):
        for _ in range(14_000 // per_window):
            slot.learn(window_of([int(rnd.expovariate(1 / mean)) for _ in range(per_window)]))
        assert 0.6 < slot.p99_ns / (4.605 * mean) < 1.6


def test_status_codes_are_taken_once():
    slot = slots.RequestSlot("GET", "/a", slots.OK)
    for status, count in ((200, 3), (201, 1), (200, 2), (204, 0)):
        state = slots.StatusCount(slot, status)
        state.count = count
        slot.states.append(state)
    assert slot.take_statuses() == {200: 5, 201: 1}
    assert slot.take_statuses() == {}


def test_what_is_folded_is_named_so():
    assert slots.RequestSlot(windows.OTHER, windows.OTHER, slots.OK).label == windows.OTHER
    assert slots.RequestSlot("GET", "/a", slots.OK).label == "GET /a"


@pytest.mark.parametrize("outcome", slots.OUTCOMES)
def test_only_our_own_failures_are_failures(outcome):
    assert slots.RequestSlot("GET", "/a", outcome).is_failure == (outcome in {"server_error", "broken_after_start"})
