"""A range is read from exactly one grid at every moment, whatever roll-ups and retention have done."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from tests.fix_link import T0

from paceline.telemetry.store import retention
from paceline.telemetry.store.sqlite_rows import marks

FINE, MINUTE, HOUR = retention.FINE_MS, retention.MINUTE_MS, retention.HOUR_MS


def state(*, minute_ms=0, hour_ms=0, fine_floor_ms=0, minute_floor_ms=0):
    return marks.Marks(0, minute_ms, minute_ms, 0, hour_ms, 0, fine_floor_ms, minute_floor_ms, 0)


def planned(*given_, **more):
    return [(part.res, part.since_ms - T0, part.until_ms - T0) for part in marks.plan(*given_, **more)]


def test_what_is_rolled_up_is_read_coarsely_and_the_ends_finely():
    rolled = state(minute_ms=T0 + 3 * HOUR, hour_ms=T0 + 3 * HOUR)
    assert planned(rolled, T0 + HOUR - 90_000, T0 + 3 * HOUR + 5_000) == [
        (FINE, HOUR - 90_000, HOUR - MINUTE),
        (MINUTE, HOUR - MINUTE, HOUR),
        (HOUR, HOUR, 3 * HOUR),
        (FINE, 3 * HOUR, 3 * HOUR + 6_000),
    ]


def test_nothing_is_read_coarsely_before_it_is_rolled_up():
    assert planned(state(), T0, T0 + 2 * HOUR) == [(FINE, 0, 2 * HOUR)]


def test_a_reader_of_short_steps_gets_rows_that_fit_them():
    rolled = state(minute_ms=T0 + 2 * HOUR, hour_ms=T0 + 2 * HOUR)
    assert planned(rolled, T0, T0 + 2 * HOUR, coarsest_ms=MINUTE) == [(MINUTE, 0, 2 * HOUR)]
    assert planned(rolled, T0, T0 + 2 * HOUR, coarsest_ms=FINE) == [(FINE, 0, 2 * HOUR)]


def test_where_fine_rows_are_gone_the_end_moves_outwards():
    aged = state(minute_ms=T0 + HOUR, fine_floor_ms=T0 + HOUR)
    assert planned(aged, T0 + 61_000, T0 + 119_000, coarsest_ms=FINE) == [(MINUTE, MINUTE, 2 * MINUTE)]


def test_an_empty_range_has_no_segments():
    assert planned(state(), T0 + 2_000, T0 + 2_000) == []
    assert planned(state(), T0 + 9_000, T0) == []


@given(
    since=st.integers(-3 * HOUR, 5 * HOUR),
    length=st.integers(1, 6 * HOUR),
    minutes=st.integers(0, 300),
    floors=st.tuples(st.integers(0, 300), st.integers(0, 300)),
)
def test_segments_leave_no_gap_and_do_not_overlap(since, length, minutes, floors):
    minute_ms = T0 + minutes * MINUTE
    hour_ms = minute_ms - minute_ms % HOUR
    fine_floor = min(T0 + floors[0] * MINUTE, minute_ms)
    minute_floor = min(T0 + floors[1] * MINUTE // HOUR * HOUR, hour_ms, fine_floor)
    rolled = state(minute_ms=minute_ms, hour_ms=hour_ms, fine_floor_ms=fine_floor, minute_floor_ms=minute_floor)
    found = marks.plan(rolled, T0 + since, T0 + since + length)
    assert found[0].since_ms <= T0 + since
    assert found[-1].until_ms >= T0 + since + length
    for one, following in itertools.pairwise(found):
        assert one.until_ms == following.since_ms
    for part in found:
        assert part.since_ms % part.res == part.until_ms % part.res == 0
        assert part.since_ms < part.until_ms
        if part.res == FINE:
            assert part.since_ms >= fine_floor


def test_marks_are_stored_by_name(link):
    assert marks.load(link.connection) == marks.Marks(0, 0, 0, 0, 0, 0, 0, 0, 0)
    marks.store(link.connection, hour_ms=7, generation=3)
    found = marks.load(link.connection)
    assert (found.hour_ms, found.generation, found.minute_ms) == (7, 3, 0)
