"""Finished requests become keys with exact totals; what is beyond a cap is folded, and counted as folded."""

import pytest

from paceline.telemetry import records as r
from paceline.telemetry import window as windows
from paceline.telemetry.running import encoding, folding, limits

MS = 1_000_000


def finished(route="/a", *, status=200, took=5 * MS, first=None, flags=0, statements=(), method="GET", start=0):
    record = r.new(start, method)
    record[r.END] = start + took
    record[r.FIRST_BYTE] = start + (took if first is None else first)
    record[r.STATUS], record[r.FLAGS], record[r.ROUTE] = status, flags, route
    for text, duration in statements:
        record += (text, start, start + duration)
    return record


def fold(records, **bounds):
    made = folding.Folding(limits.Limits(**bounds), "7")
    made.fold(records)
    return taken(made)


def taken(made):
    return encoding.encode(made.take(), worker="7", start_ms=0, gauges={})


def counts(window, kind=windows.REQUEST):
    return {key[1:]: tally.count for key, tally in window.tallies.items() if key[0] == kind}


OUTCOMES = [
    (200, 0, "ok"),
    (399, 0, "ok"),
    (404, 0, "client_error"),
    (499, 0, "client_error"),
    (500, 0, "server_error"),
    (0, r.INCOMPLETE, "server_error"),
    (200, r.INCOMPLETE, "broken_after_start"),
    (500, r.INCOMPLETE, "broken_after_start"),
    (200, r.ABORTED, "aborted_by_client"),
    (200, r.ABORTED | r.INCOMPLETE, "aborted_by_client"),
    (0, r.ABORTED | r.INCOMPLETE, "aborted_by_client"),
    (500, r.ABORTED, "aborted_by_client"),
    (200, r.ABORTED | r.INCOMPLETE | r.STREAM, "ok"),
    (403, r.STREAM, "client_error"),
    (0, r.STREAM | r.INCOMPLETE, "server_error"),
    (429, r.LIMITED, "limited"),
    (503, r.LIMITED | r.ABORTED, "limited"),
]


@pytest.mark.parametrize(("status", "flags", "outcome"), OUTCOMES)
def test_the_outcome_is_what_was_sent_and_who_left(status, flags, outcome):
    assert folding.outcome_of(status, flags) == outcome
    assert counts(fold([finished(status=status, flags=flags)])) == {("GET", "/a", outcome): 1}


def test_totals_first_bytes_and_bytes_are_exact():
    records = [finished(took=n * MS, first=n * MS // 2, flags=r.PIECES) for n in range(1, 101)]
    for number, record in enumerate(records):
        record[r.BYTES_IN], record[r.BYTES_OUT] = number, 2
    window = fold(records)
    key = ("GET", "/a", "ok")
    assert (window.tallies[windows.REQUEST, *key].sum, window.tallies[windows.REQUEST, *key].max) == (
        5050 * MS,
        100 * MS,
    )
    assert window.tallies[windows.FIRST_BYTE, *key].sum == 5050 * MS // 2
    assert (window.counters[windows.BYTES_IN, *key], window.counters[windows.BYTES_OUT, *key]) == (4_950, 200)
    assert window.counters[windows.STATUS, *key, "200"] == 100


def test_the_first_byte_of_what_is_sent_in_one_piece_comes_with_the_last():
    whole, pieces = finished(took=8 * MS, first=7 * MS), finished(took=8 * MS, first=3 * MS, flags=r.PIECES)
    window = fold([whole, pieces])
    first_byte = window.tallies[windows.FIRST_BYTE, "GET", "/a", "ok"]
    assert (first_byte.count, first_byte.sum, first_byte.max) == (2, 11 * MS, 8 * MS)


def test_a_stream_is_waited_for_until_its_first_byte():
    window = fold([finished(took=900 * MS, first=3 * MS, flags=r.STREAM)])
    assert window.tallies[windows.REQUEST, "GET", "/a", "ok"].sum == 3 * MS


def test_a_window_begins_empty_after_it_was_taken():
    made = folding.Folding(limits.Limits(), "7")
    made.fold([finished(statements=[("select 1", 5)])])
    assert taken(made).tallies
    assert (taken(made).tallies, taken(made).counters) == ({}, {})
    made.fold([finished()])
    assert counts(taken(made)) == {("GET", "/a", "ok"): 1}


def test_excluded_routes_do_not_count_nor_their_statements():
    window = fold(
        [finished("/health", statements=[("select 1", 5)]), finished()], excluded_routes=frozenset({"/health"})
    )
    assert counts(window) == {("GET", "/a", "ok"): 1}
    assert counts(window, windows.STATEMENT) == {}


def test_routes_beyond_the_cap_count_under_other_and_none_is_lost():
    window = fold([finished(f"/{n % 50}", status=200 if n % 2 else 404) for n in range(500)], max_request_keys=20)
    found = counts(window)
    assert sum(found.values()) == 500
    assert (windows.OTHER, windows.OTHER, "ok") in found
    assert (windows.OTHER, windows.OTHER, "client_error") in found
    assert len(found) == 22
    assert window.counters[windows.FOLDED, "requests"] == 300
    statuses = {key: n for key, n in window.counters.items() if key[0] == windows.STATUS and key[1] == windows.OTHER}
    assert sum(statuses.values()) == 300


def test_a_route_known_before_the_cap_goes_on_counting_apart():
    made = folding.Folding(limits.Limits(max_request_keys=1), "7")
    for route in ("/a", "/b", "/a"):
        made.fold([finished(route)])
    assert counts(taken(made))["GET", "/a", "ok"] == 2


def test_the_window_is_full_when_its_keys_would_take_too_much():
    made = folding.Folding(limits.Limits(max_window_bytes=100_000), "7")
    for number in range(40):
        assert not made.is_full
        made.fold([finished(f"/{number}")])
    made.fold([finished("/last")])
    assert made.is_full
    made.take()
    assert not made.is_full


def test_a_method_that_a_client_made_up_fills_no_table():
    """Short ones, long ones and many: all count under one method, at one key per route and outcome."""
    running = folding.Folding(limits.Limits(), "1")
    for number in range(3_000):
        running.fold([finished("/a", method=f"M{number}" + "A" * (number % 50) * 100)])
    taken = running.take()
    assert [part.slot.key for part in taken.requests] == [("_OTHER", "/a", "ok")]
    assert sum(state.total.count for state in taken.requests[0].states) == 3_000
