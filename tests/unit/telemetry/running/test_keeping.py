"""What is kept in full, why, and how much of it at the most."""

import time

import pytest

from paceline.telemetry import records as r
from paceline.telemetry import traces
from paceline.telemetry import window as windows
from paceline.telemetry.running import encoding, folding, keeping, limits

MS = 1_000_000
MINUTE = 60_000 * MS


def finished(route="/a", *, status=200, took=5 * MS, at=0, statements=(), exception=None):
    record = r.new(at, "GET")
    record[r.END] = record[r.FIRST_BYTE] = at + took
    record[r.STATUS], record[r.FLAGS], record[r.ROUTE], record[r.EXCEPTION] = status, 0, route, exception
    for text, duration in statements:
        record += (text, at + 1, at + 1 + duration)
    return record


@pytest.fixture
def running():
    """A running window whose route /a already had its exemplar of the minute."""
    made = folding.Folding(limits.Limits(), "7")
    made.fold([finished()])
    assert [trace.kept_because for trace in made.take().kept.traces] == [traces.EXEMPLAR]
    return made


def kept(running, *records):
    running.fold(records)
    return running.take().kept


def reasons(taken):
    return [trace.kept_because for trace in taken.traces]


def test_an_ordinary_request_is_kept_once_a_minute_and_route(running):
    quick = [finished(at=second * 1_000 * MS) for second in (1, 30, 59, 60, 61, 125)]
    assert reasons(kept(running, *quick)) == [traces.EXEMPLAR] * 2
    assert reasons(kept(running, finished("/b"))) == [traces.EXEMPLAR]


def test_a_failure_is_always_kept_with_the_type_of_its_exception(running):
    taken = kept(running, *[finished(status=500, exception="KeyError")] * 3)
    assert reasons(taken) == [traces.ERROR] * 3
    assert {trace.exception_type for trace in taken.traces} == {"KeyError"}


def test_what_the_client_did_wrong_is_no_reason(running):
    kept(running, finished(status=404))
    assert reasons(kept(running, *[finished(status=404)] * 5)) == []


def test_beyond_the_slow_threshold_is_slow_and_an_event(running):
    taken = kept(running, finished(took=200 * MS), finished(took=199 * MS))
    assert reasons(taken) == [traces.SLOW]
    (event,) = taken.events
    assert event.kind == windows.SLOW_RESPONSE
    assert event.body == {
        "method": "GET",
        "route": "/a",
        "outcome": "ok",
        "status": 200,
        "duration_ns": 200 * MS,
        "statements": 0,
        "trace_id": taken.traces[0].trace_id,
    }


def test_beyond_the_routes_own_p99_is_slow_but_no_event(running):
    running.fold([finished()] * 200)
    encoding.encode(running.take(), worker="7", start_ms=0, gauges={})
    taken = kept(running, finished(took=20 * MS), finished())
    assert (reasons(taken), taken.events) == ([traces.SLOW], ())


def test_a_repeated_statement_is_a_reason_and_its_call_site_is_on_every_span(running):
    record = finished(statements=[("select 1", 5)] * 12)
    r.details(record).repeated["select 1"] = "shop/cart.py:7"
    taken = kept(running, record)
    assert reasons(taken) == [traces.REPEATED]
    assert {span.call_site for span in taken.traces[0].spans} == {"shop/cart.py:7"}


def test_a_slow_statement_is_an_event_with_call_site_and_rows(running):
    record = finished(statements=[("select 1", 5), ("select a from t", 1_000 * MS)], took=1_100 * MS)
    position = r.STATEMENTS + r.TRIPLE
    r.details(record).call_sites[position] = "shop/cart.py:7"
    r.details(record).rows[position] = 3
    taken = kept(running, record)
    (event,) = (event for event in taken.events if event.kind == windows.SLOW_STATEMENT)
    span = taken.traces[0].spans[1]
    assert event.body == {
        "fingerprint": span.fingerprint,
        "route": "GET /a",
        "duration_ns": 1_000 * MS,
        "call_site": "shop/cart.py:7",
        "rows": 3,
        "parameter_types": None,
        "trace_id": taken.traces[0].trace_id,
    }
    assert (span.call_site, span.rows, span.start_ns, taken.traces[0].spans[0].call_site) == (
        "shop/cart.py:7",
        3,
        1,
        None,
    )


def test_the_time_of_day_is_that_of_the_start(running):
    at = time.perf_counter_ns() - 5_000 * MS
    (trace,) = kept(running, finished(at=at, status=500)).traces
    assert abs(trace.at_ms - (time.time() * 1_000 - 5_000)) < 1_000


def test_spans_are_bounded_per_trace(running):
    (trace,) = kept(running, finished(status=500, statements=[("select 1", 5)] * 250)).traces
    assert (len(trace.spans), trace.dropped_spans) == (traces.MAX_SPANS, 50)


def test_a_request_that_spilled_tells_how_many_statements_it_ran(running):
    record = finished(took=200 * MS, statements=[("select 1", 5)] * 1_500)
    r.spill(record)
    record += ("select 1", 1, 6)
    taken = kept(running, record)
    (trace,), (event,) = taken.traces, taken.events
    assert len(trace.spans) + trace.dropped_spans == event.body["statements"] == 1_501


def test_traces_and_events_are_bounded_per_window_and_what_is_dropped_is_counted(running):
    taken = kept(running, *[finished(took=300 * MS)] * 1_200)
    assert len(taken.traces) == keeping.MAX_TRACES
    assert len(taken.events) == keeping.MAX_EVENTS
    assert taken.dropped == {"traces": 1_150, windows.SLOW_RESPONSE: 200}
    assert kept(running, finished(took=300 * MS)).dropped == {}


def test_spans_are_bounded_per_window(running):
    taken = kept(running, *[finished(status=500, statements=[("select 1", 5)] * 200)] * 30)
    assert sum(len(trace.spans) for trace in taken.traces) == keeping.MAX_TRACE_SPANS
    assert taken.dropped["traces"] == 10


def test_notes_of_other_kinds_travel_along_bounded(running):
    for _ in range(keeping.MAX_EVENTS + 5):
        running.kept.note(windows.Event(windows.WARNING, 1, {}))
    assert len(running.take().kept.events) == keeping.MAX_EVENTS


def test_a_slow_statement_in_the_background_has_no_trace(running):
    running.kept.slow_background("f1", 2_000 * MS, "jobs.py:3")
    (event,) = running.take().kept.events
    assert event.body == {
        "fingerprint": "f1",
        "route": windows.BACKGROUND,
        "duration_ns": 2_000 * MS,
        "call_site": "jobs.py:3",
        "rows": None,
        "trace_id": None,
    }
