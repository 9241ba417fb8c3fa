"""What is too old or too much goes, the finest and oldest first, and never what is not rolled up yet."""

from tests.fix_link import T0, rows, tally, write

from paceline.telemetry import traces
from paceline.telemetry.store import retention
from paceline.telemetry.store.sqlite_rows import expiry, marks

MINUTE, HOUR, DAY = retention.MINUTE_MS, retention.HOUR_MS, retention.DAY_MS
KEPT = retention.DEFAULT


def count(link, table, res=None):
    where = "" if res is None else f" WHERE res = {res}"
    return rows(link, f"SELECT count(*) FROM {table}{where}")[0][0]


def fill(link, hours, *, every_ms=MINUTE):
    for at_ms in range(T0, T0 + hours * HOUR, every_ms):
        write(link, at_ms, tallies={("request", "a"): tally(5)})


def trace(number, at_ms):
    return traces.Trace(
        trace_id=f"{number:032x}", at_ms=at_ms, method="GET", route="/a", status=200, outcome="ok", duration_ns=5,
        first_byte_ns=5, worker="w1", kept_because="error", exception_type=None, spans=(), dropped_spans=0,
    )  # fmt: skip


def test_rows_that_are_not_rolled_up_stay_however_old(link):
    fill(link, 3)
    expiry.raise_floors(link, KEPT, T0 + 300 * DAY)
    assert marks.load(link.connection).fine_floor_ms == 0
    assert not expiry.delete_old(link, KEPT, T0 + 300 * DAY)
    assert count(link, "slice", retention.FINE_MS) == 180


def test_a_floor_is_raised_first_and_rows_below_it_follow_a_little_at_a_time(link):
    fill(link, 3)
    marks.store(link.connection, minute_ms=T0 + 3 * HOUR)
    now_ms = T0 + 3 * HOUR
    expiry.raise_floors(link, KEPT, now_ms)
    assert marks.load(link.connection).fine_floor_ms == T0 + 2 * HOUR
    assert count(link, "slice", retention.FINE_MS) == 180
    calls = 0
    while expiry.delete_old(link, KEPT, now_ms):
        calls += 1
    assert count(link, "slice", retention.FINE_MS) == 60
    assert calls > 100


def test_a_floor_never_sinks(link):
    """The clock may be set back, or retention be set to keep more: what is gone stays gone."""
    marks.store(link.connection, minute_ms=T0 + 3 * HOUR, fine_floor_ms=T0 + 2 * HOUR)
    expiry.raise_floors(link, KEPT, T0)
    assert marks.load(link.connection).fine_floor_ms == T0 + 2 * HOUR


def test_traces_go_by_age_by_number_and_by_bytes(link):
    write(link, T0, traces=tuple(trace(number, T0 + number) for number in range(100)))
    size = rows(link, "SELECT max(size) FROM trace")[0][0]
    by_age = retention.Retention(trace_ms=50)
    expiry.delete_traces(link, by_age, T0 + 100)
    assert count(link, "trace") == 50
    expiry.delete_traces(link, retention.Retention(traces=20), T0 + 100)
    assert rows(link, "SELECT min(at_ms), count(*) FROM trace") == [(T0 + 80, 20)]
    expiry.delete_traces(link, retention.Retention(trace_bytes=10 * size), T0 + 100)
    assert 8 <= count(link, "trace") <= 9


def test_keys_that_nobody_has_had_for_thirteen_months_go_and_links_hear_of_it(link):
    write(link, T0, counters={("hits", "old"): 1}, texts={"f1": "select a"})
    link.connection.execute("DELETE FROM slice")
    later = T0 + KEPT.hour_ms + 2 * DAY
    write(link, later, counters={("hits", "new"): 1}, worker="w2")
    before = marks.load(link.connection).generation
    expiry.prune_names(link, KEPT, later)
    assert rows(link, "SELECT labels FROM key") == [('["new"]',)]
    assert rows(link, "SELECT name FROM worker") == [("w2",)]
    assert count(link, "text") == 0
    assert marks.load(link.connection).generation == before + 1


def test_names_are_pruned_once_an_hour(link):
    expiry.prune_names(link, KEPT, T0)
    later = T0 + HOUR - 1
    link.connection.execute("INSERT INTO worker (name, first_ms, last_ms) VALUES ('w1', 0, 0)")
    expiry.prune_names(link, KEPT, later)
    assert count(link, "worker") == 1
    expiry.prune_names(link, KEPT, later + 1)
    assert count(link, "worker") == 0


def test_room_is_made_of_the_finest_rows_first_then_of_traces(link):
    fill(link, 4)
    write(link, T0, traces=(trace(1, T0),))
    marks.store(link.connection, minute_ms=T0 + 2 * HOUR)
    full = expiry.used_bytes(link)
    assert not expiry.make_room(link, full * 2)
    assert expiry.make_room(link, full)
    assert marks.load(link.connection).fine_floor_ms == T0 + 12 * MINUTE
    assert count(link, "trace") == 1
    link.connection.execute("DELETE FROM slice WHERE ts < ?", (T0 + 2 * HOUR,))
    assert expiry.make_room(link, 1)
    assert count(link, "trace") == 0
    assert not expiry.make_room(link, 1)  # what is left is not rolled up yet
    assert count(link, "slice", retention.FINE_MS) == 120


def test_commands_answers_and_jobs_go_after_a_day(link):
    run = link.connection.execute
    run("INSERT INTO control (at_ms, action, arguments, by) VALUES (?, 'clear', '{}', 'anna')", (T0,))
    run("INSERT INTO answer VALUES (1, 'w1', ?, '{}')", (T0,))
    run("INSERT INTO job VALUES ('j1', 'vacuum', 'done', 'w1', ?, ?, '{}', NULL, 'anna')", (T0 - DAY, T0))
    expiry.delete_control(link, KEPT, T0 + DAY)
    assert [count(link, table) for table in ("control", "answer", "job")] == [1, 1, 1]
    expiry.delete_control(link, KEPT, T0 + DAY + 1)
    assert [count(link, table) for table in ("control", "answer", "job")] == [0, 0, 0]
