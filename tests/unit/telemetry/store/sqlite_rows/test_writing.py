"""A window adds to what is there: late, broken or cleared parts of it never spoil the rest."""

import math

from tests.fix_link import T0, rows, tally, write

from paceline.telemetry import window
from paceline.telemetry.store import retention
from paceline.telemetry.store.sqlite_rows import marks, writing

HITS = ("hits", "a")


def slots(link):
    return rows(link, "SELECT ts - ?, count FROM slice ORDER BY ts", T0)


def test_a_window_that_comes_after_its_minute_was_sealed_counts_in_the_first_open_slot(link):
    marks.store(link.connection, sealed_ms=T0 + 60_000)
    write(link, T0, counters={HITS: 3})
    write(link, T0 + 60_000, counters={HITS: 4})
    assert slots(link) == [(60_000, 7)]


def test_a_start_beside_the_grid_is_moved_onto_it(link):
    write(link, T0 + 1_999, counters={HITS: 3})
    assert slots(link) == [(0, 3)]


def test_more_keys_than_are_written_at_once_are_all_there(link):
    write(link, T0, tallies={("request", str(number)): tally(number) for number in range(900)})
    write(link, T0, counters={("hits", str(number)): 1 for number in range(900)})
    assert rows(link, "SELECT count(*), sum(count) FROM slice") == [(1_800, 1_800)]


def test_a_level_that_is_no_number_is_left_out(link):
    levels = {
        ("a", "w1"): window.Gauge.of(math.nan),
        ("b", "w1"): window.Gauge.of(math.inf),
        ("c", "w1"): window.Gauge.of(1),
    }
    write(link, T0, gauges=levels)
    assert len(rows(link, "SELECT * FROM gauge")) == 2


def test_two_flushes_of_a_level_in_one_slot_are_one_row(link):
    for level in (3.0, 1.0, 2.0):
        write(link, T0, gauges={("a", "w1"): window.Gauge.of(level)})
    assert rows(link, "SELECT last, min, max, sum, count FROM gauge") == [(2.0, 1.0, 3.0, 6.0, 3)]


def test_events_are_bounded_by_kind_and_what_is_no_json_is_named_by_its_type(link):
    for number in range(120):
        write(link, T0, events=(window.Event(window.SLOW_RESPONSE, T0 + number, {"n": number}),))
    write(link, T0, events=(window.Event("b", T0, {"odd": {1}}),))
    assert rows(link, "SELECT kind, count(*), min(at_ms) - ? FROM event GROUP BY kind", T0) == [
        ("b", 1, 0),
        (window.SLOW_RESPONSE, 100, 20),
    ]
    assert rows(link, "SELECT body FROM event WHERE kind = 'b'") == [('{"odd": "set"}',)]


def test_clearing_is_out_of_sight_at_once_and_erased_in_small_parts(link):
    for number in range(5):
        write(link, T0 + number * 600_000, counters={HITS: 1, ("own_cost", "cpu"): 9})
    numbers, gone = writing.forget(link, ["hits"], T0 + 3_600_000)
    assert (len(numbers), gone) == (1, 0)
    assert rows(link, "SELECT kind FROM key") == [("own_cost",)]
    parts = list(writing.erasures(link))
    assert len(parts) > 5
    assert sum(writing.erase(link, table, part, numbers) for table, part in parts) == 5
    assert len(rows(link, "SELECT * FROM slice")) == 5


def test_what_was_measured_before_a_clear_and_written_after_it_stays_out(link):
    """Workers flush what they had; only a window that ends after the clear may count."""
    writing.forget(link, ["hits", "trace"], T0 + 10_000)
    for at_ms in (T0, T0 + 8_000, T0 + 10_000):
        write(link, at_ms, counters={HITS: 1})
    assert slots(link) == [(10_000, 1)]


def test_clearing_begins_a_new_generation_so_that_other_links_forget_their_numbers(link):
    write(link, T0, counters={HITS: 1})
    before = marks.load(link.connection).generation
    writing.forget(link, ["hits"], T0)
    write(link, T0 + retention.MINUTE_MS, counters={HITS: 1})
    assert marks.load(link.connection).generation == before + 1
    assert len(rows(link, "SELECT * FROM key")) == 1
