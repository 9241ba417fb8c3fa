"""A store keeps what it is given: nothing is counted twice, nothing is skipped, whatever the roll-ups have done."""

import dataclasses
import random

import pytest

from paceline import clock, errors
from paceline.telemetry import histogram, traces, window
from paceline.telemetry.store import interface, opening, retention

T0 = 1_767_225_600_000
KEY = (window.REQUEST, "GET", "/orders", "ok")
HITS = ("hits", "a")


def tally(*values):
    whole = histogram.Histogram()
    whole.extend(values)
    return window.Tally.of(whole)


@pytest.fixture
def time():
    return clock.FakeClock(T0)


@pytest.fixture
def store(tmp_path, time):
    made = opening.open_store(f"sqlite:///{tmp_path}/shop.db", service="shop", clock=time)
    yield made
    made.close()


def roll_all(store):
    while store.roll_up():
        pass


def everything(store):
    return store.read(interface.Range(0, T0 * 2))


def test_a_window_comes_back_as_it_was(store):
    level = window.Gauge(2.0, 1.0, 3.0, 6.0, 3)
    statement = (window.STATEMENT, "f1", "GET /orders")
    part = window.Window(
        "w1",
        T0,
        {KEY: tally(1, 2, 300), statement: tally(9)},
        {HITS: 4},
        {("memory.rss", "w1"): level},
        texts={"f1": "select $1", "f2": "select $2"},
    )
    store.write(part)
    seen = store.read(interface.Range(T0, T0 + 2_000))
    assert (seen.since_ms, seen.until_ms, seen.workers) == (T0, T0 + 2_000, ("w1",))
    assert seen.distributions[KEY].histogram.quantile(1.0) == 300
    assert (seen.distributions[KEY].count, seen.distributions[KEY].sum, seen.distributions[KEY].max) == (3, 303, 300)
    assert seen.counters == {HITS: 4}
    assert seen.gauges == {("memory.rss", "w1"): level}
    assert seen.texts == {"f1": "select $1"}
    assert store.texts() == {"f1": "select $1", "f2": "select $2"}


def test_two_flushes_into_one_slot_add_up(store):
    for last in (5.0, 7.0):
        store.write(window.Window("w1", T0, {KEY: tally(10, 20)}, {HITS: 1}, {("g", "w1"): window.Gauge.of(last)}))
    seen = everything(store)
    assert (seen.distributions[KEY].count, seen.distributions[KEY].sum) == (4, 60)
    assert seen.distributions[KEY].histogram.count == 4
    assert seen.counters[HITS] == 2
    assert seen.gauges["g", "w1"] == window.Gauge(7.0, 5.0, 7.0, 12.0, 2)


def test_the_same_labels_may_be_a_distribution_and_a_counter(store):
    store.write(window.Window("w1", T0, {KEY: tally(1)}, {KEY: 5}))
    seen = everything(store)
    assert (seen.distributions[KEY].count, seen.counters[KEY]) == (1, 5)


def test_a_number_larger_than_sqlite_keeps_is_capped_and_never_refused(store):
    for _ in range(2):
        store.write(window.Window("w\udc80", T0, {KEY: window.Tally(1, 2**70, 2**70, tally(1).encoded)}, {HITS: 2**80}))
    assert everything(store).counters[HITS] == 2**63 - 1


def test_one_worker_can_be_looked_at_alone(store):
    for worker, count in (("w1", 1), ("w2", 5)):
        store.write(window.Window(worker, T0, {}, {HITS: count}, {("g", worker): window.Gauge.of(1)}))
    seen = store.read(interface.Range(T0, T0 + 2_000, worker="w2"))
    assert (seen.counters, list(seen.gauges), seen.workers) == ({HITS: 5}, [("g", "w2")], ("w2",))


def test_only_the_kinds_asked_for_are_read(store):
    store.write(window.Window("w1", T0, {KEY: tally(1)}, {HITS: 1}, {("g", "w1"): window.Gauge.of(1)}))
    seen = store.read(interface.Range(T0, T0 + 2_000, kinds=("hits",)))
    assert (dict(seen.distributions), seen.counters, dict(seen.gauges)) == ({}, {HITS: 1}, {})


@pytest.mark.parametrize("seed", range(6))
def test_any_range_adds_up_to_what_was_written_whatever_is_rolled_up(store, time, seed):
    """Random windows over hours, roll-ups broken off anywhere; any range on the 2 s grid is exact."""
    rnd = random.Random(seed)
    written = []
    for _ in range(150):
        at = time.now_ms()
        count = rnd.randrange(1, 9)
        store.write(window.Window(f"w{rnd.randrange(3)}", at, {KEY: tally(*[count] * count)}, {HITS: count}))
        written.append((window.grid(at), count))
        time.advance(rnd.choice((0, 2, 2, 30, 61, 400)))
        for _ in range(rnd.randrange(4)):
            store.roll_up(1)
        since, until = sorted(T0 + 2_000 * rnd.randrange(0, (at - T0) // 2_000 + 60) for _ in range(2))
        expected = sum(count for ts, count in written if since <= ts < until)
        seen = store.read(interface.Range(since, until))
        assert seen.counters.get(HITS, 0) == expected
        assert (seen.distributions[KEY].histogram.count if KEY in seen.distributions else 0) == expected
    roll_all(store)
    whole = sum(count for _, count in written)
    assert everything(store).counters[HITS] == whole
    steps = store.steps(interface.Range(T0, time.now_ms() + 2_000), 300_000)
    assert sum(step.counters.get(HITS, 0) for step in steps) == whole


def test_ranges_widen_to_the_grid_that_is_left_and_nothing_is_lost(tmp_path, time):
    short = retention.Retention.parse("2s:2m 1m:2h 1h:13mo")
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", retention=short, clock=time)
    for minute in range(300):
        store.write(window.Window("w1", T0 + minute * 60_000, {}, {HITS: 1}))
        time.advance(60)
    roll_all(store)
    while store.retain():
        pass
    seen = store.read(interface.Range(T0 + 61 * 60_000, T0 + 62 * 60_000))
    assert (seen.since_ms, seen.until_ms) == (T0 + 60 * 60_000, T0 + 120 * 60_000)
    assert (seen.counters[HITS], seen.resolution_ms) == (60, retention.HOUR_MS)
    assert everything(store).counters[HITS] == 300
    assert store.status().rows["slice"] < 300
    store.close()


def test_a_window_that_comes_after_its_minute_was_rolled_up_is_not_lost(store, time):
    store.write(window.Window("w1", T0, {}, {HITS: 1}))
    time.advance(120)
    roll_all(store)
    store.write(window.Window("w2", T0, {}, {HITS: 10}))
    assert everything(store).counters[HITS] == 11
    time.advance(120)
    roll_all(store)
    assert everything(store).counters[HITS] == 11


def test_gauges_keep_their_extremes_and_their_last_value_through_roll_ups(store, time):
    for value in (3.0, 9.0, 1.0, 4.0):
        store.write(window.Window("w1", time.now_ms(), gauges={("g", "w1"): window.Gauge.of(value)}))
        time.advance(20)
    time.advance(3_700)
    roll_all(store)
    assert everything(store).gauges["g", "w1"] == window.Gauge(4.0, 1.0, 9.0, 17.0, 4)


def test_steps_are_equal_and_empty_ones_are_there(store):
    for at in (0, 4_000, 5_000):
        store.write(window.Window("w1", T0 + at, {}, {HITS: 1}))
    steps = store.steps(interface.Range(T0, T0 + 8_000), 2_000)
    assert [step.counters.get(HITS, 0) for step in steps] == [1, 0, 2, 0]
    assert [step.since_ms - T0 for step in steps] == [0, 2_000, 4_000, 6_000]


def test_an_endless_number_of_steps_is_refused(store):
    with pytest.raises(errors.UsageError, match="longer steps"):
        store.steps(interface.Range(0, T0), 2_000)


def test_events_are_newest_first_and_bounded(tmp_path, time):
    few = retention.Retention(events=3)
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", retention=few, clock=time)
    made = tuple(window.Event(window.SLOW_RESPONSE, T0 + n, {"n": n}) for n in range(5))
    store.write(window.Window("w1", T0, events=made))
    seen = store.events(window.SLOW_RESPONSE, since_ms=T0)
    assert [event.body["n"] for event in seen] == [4, 3, 2]
    assert [event.body["n"] for event in store.events(window.SLOW_RESPONSE, since_ms=T0, after_id=seen[1].id)] == [4]
    store.close()


def trace(name, at_ms, route="/orders"):
    span = traces.Span("f1", 1, 2, None, 3)
    return traces.Trace(name, at_ms, "GET", route, 200, "ok", 5, 4, "w1", traces.SLOW, None, (span,))


def test_traces_come_back_longest_first_and_of_one_worker(store):
    lengths = {"t1": ("w1", 30), "t2": ("w2", 90), "t3": ("w1", 90), "t4": ("w2", 7)}
    kept = [
        dataclasses.replace(trace(name, T0 + int(name[1])), worker=worker, duration_ns=length)
        for name, (worker, length) in lengths.items()
    ]
    store.write(window.Window("w1", T0, traces=tuple(kept)))

    def names(**wanted):
        return [found.trace_id for found in store.traces(since_ms=T0, **wanted)]

    assert names(sort="duration") == ["t3", "t2", "t1", "t4"]
    assert names(sort="duration", limit=2) + names(sort="duration", before="t2") == names(sort="duration")
    assert names(worker="w1") == ["t3", "t1"]
    assert names(worker="w2", sort="duration", before="t2") == ["t4"]


def test_traces_come_back_newest_first_page_by_page(store):
    kept = [trace(f"t{n}", T0 + n, "/a" if n % 2 else "/b") for n in range(6)]
    store.write(window.Window("w1", T0, traces=tuple(kept)))
    assert store.trace("t3") == kept[3]
    assert store.trace("nothing") is None
    assert [t.trace_id for t in store.traces(since_ms=T0, limit=2)] == ["t5", "t4"]
    assert [t.trace_id for t in store.traces(since_ms=T0, limit=2, before="t4")] == ["t3", "t2"]
    assert [t.trace_id for t in store.traces(since_ms=T0, route="/a")] == ["t5", "t3", "t1"]


def test_clearing_forgets_some_kinds_and_late_windows_do_not_bring_them_back(store, time):
    part = window.Window(
        "w1", T0, {KEY: tally(1)}, {HITS: 1}, events=(window.Event("slow_response", T0, {}),), traces=(trace("t", T0),)
    )
    store.write(part)
    time.advance(60)
    assert store.clear([window.REQUEST, "slow_response", "trace"], time.now_ms()) == 3
    store.write(part)
    seen = everything(store)
    assert (dict(seen.distributions), seen.counters[HITS]) == ({}, 2)
    assert not store.events("slow_response", since_ms=0)
    assert not store.traces(since_ms=0)
    store.write(window.Window("w1", time.now_ms(), {KEY: tally(7)}))
    assert everything(store).distributions[KEY].sum == 7


def test_bytes_are_bounded_and_the_file_shrinks(tmp_path, time):
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", max_bytes=2_000_000, clock=time)
    values = {("request", "GET", f"/{n}", "ok"): tally(*range(0, 90_000, 500)) for n in range(60)}
    for _ in range(240):
        store.write(window.Window("w1", time.now_ms(), values))
        time.advance(2)
        roll_all(store)
    assert (tmp_path / "a.db").stat().st_size > 3_000_000
    while store.retain():
        pass
    status = store.status()
    store.close()
    assert status.max_bytes == 2_000_000
    assert (tmp_path / "a.db").stat().st_size < 3_200_000
    assert everything(store).distributions[next(iter(values))].count == 240 * 180
    store.close()
