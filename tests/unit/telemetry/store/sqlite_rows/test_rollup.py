"""Finished minutes and hours are merged a few keys at a time; whoever is interrupted or slower spoils nothing."""

from tests.fix_link import T0, rows, tally, write

from paceline.telemetry import window
from paceline.telemetry.store import retention
from paceline.telemetry.store.sqlite_rows import marks, rollup

MINUTE, HOUR = retention.MINUTE_MS, retention.HOUR_MS
LATER = T0 + MINUTE + rollup.GRACE_MS


def roll(link, now_ms, budget_ms=5):
    """Roll up until nothing is due; return the number of batches."""
    batches = 0
    while rollup.is_due(link, now_ms):
        batch = rollup.choose(link, now_ms, budget_ms)
        if batch is None:
            break
        rollup.keep(link, batch, rollup.merge(link, batch))
        batches += 1
    return batches


def coarse(link, res):
    return rows(link, "SELECT ts, worker, count, sum, max FROM slice WHERE res = ? ORDER BY ts, key", res)


def test_a_minute_waits_until_late_windows_are_in(link):
    write(link, T0, tallies={("request", "a"): tally(5)})
    assert roll(link, LATER - 1) == 0
    assert coarse(link, MINUTE) == []
    assert roll(link, LATER) == 1
    assert coarse(link, MINUTE) == [(T0, rollup.MERGED, 1, 5, 5)]


def test_workers_and_slots_are_merged_and_fine_rows_stay(link):
    for number, worker in enumerate(("w1", "w2", "w1")):
        write(link, T0 + number * 2_000, tallies={("request", "a"): tally(number + 1)}, worker=worker)
    roll(link, LATER)
    assert coarse(link, MINUTE) == [(T0, rollup.MERGED, 3, 6, 3)]
    assert len(coarse(link, retention.FINE_MS)) == 3


def test_levels_keep_their_last_value_by_time(link):
    for at_ms, level in ((T0 + 4_000, 1.0), (T0, 9.0), (T0 + 2_000, 5.0)):
        write(link, at_ms, gauges={("memory.rss", "w1"): window.Gauge.of(level)})
    roll(link, LATER)
    assert rows(link, "SELECT last, min, max, sum, count FROM gauge WHERE res = ?", MINUTE) == [
        (1.0, 1.0, 9.0, 15.0, 3)
    ]


def test_a_small_budget_makes_many_batches_of_the_same_sum(link):
    write(link, T0, tallies={("request", str(number)): tally(*range(200)) for number in range(60)})
    assert roll(link, LATER, budget_ms=1) > 3
    assert sum(row[2] for row in coarse(link, MINUTE)) == 60 * 200
    assert marks.load(link.connection).minute_ms == T0 + MINUTE


def test_a_batch_that_another_process_was_faster_with_is_not_written_twice(link):
    write(link, T0, counters={("hits", "a"): 7})
    slower = rollup.choose(link, LATER, 5)
    merged = rollup.merge(link, slower)
    roll(link, LATER)
    rollup.keep(link, slower, merged)
    assert coarse(link, MINUTE) == [(T0, rollup.MERGED, 7, 0, 0)]
    assert marks.load(link.connection).minute_ms == T0 + MINUTE


def test_a_batch_after_a_clear_is_thrown_away(link):
    write(link, T0, counters={("hits", "a"): 7})
    batch = rollup.choose(link, LATER, 5)
    merged = rollup.merge(link, batch)
    marks.store(link.connection, generation=1)
    rollup.keep(link, batch, merged)
    assert coarse(link, MINUTE) == []


def test_empty_time_is_skipped_at_once(link):
    """A service that was stopped for a week does not roll up ten thousand empty minutes."""
    write(link, T0, counters={("hits", "a"): 1})
    write(link, T0 + 7 * 24 * HOUR, counters={("hits", "a"): 1})
    assert roll(link, T0 + 7 * 24 * HOUR + LATER - T0) <= 4
    assert [row[0] - T0 for row in coarse(link, MINUTE)] == [0, 7 * 24 * HOUR]


def test_an_hour_is_merged_of_its_minutes_when_all_are_there(link):
    for minute in (0, 1, 59):
        write(link, T0 + minute * MINUTE, tallies={("request", "a"): tally(minute)})
    roll(link, T0 + HOUR)
    assert coarse(link, HOUR) == []
    roll(link, T0 + HOUR + rollup.GRACE_MS)
    assert coarse(link, HOUR) == [(T0, rollup.MERGED, 3, 60, 59)]
    assert marks.load(link.connection).hour_ms == T0 + HOUR


def test_nothing_is_due_in_an_empty_store(link):
    assert roll(link, LATER) == 0
