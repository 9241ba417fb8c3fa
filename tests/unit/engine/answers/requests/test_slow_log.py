"""The slow log: single executions beyond the threshold of today, page by page."""

import dataclasses

import pytest
from tests import fix_measurements as made

from paceline import errors
from paceline.engine.answers.requests import slow_log
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface

MS = 1_000_000


def event(number, duration_ms, *, worker="7", **more):
    body = {"duration_ns": duration_ms * MS, "method": "GET", "route": "/a", "outcome": "ok", "status": 200, **more}
    return interface.StoredEvent(number, windows.SLOW_RESPONSE, made.NOW_MS + number, worker, body)


LOG = [event(number, duration) for number, duration in ((4, 300), (3, 900), (2, 250), (1, 300))]


def ask(**more):
    return slow_log.Question(made.snapshot(), more.pop("threshold_ms", 200.0), more.pop("limit", 10), **more)


def ids(page):
    return [row.id for row in page.rows]


def test_newest_first_or_slowest_first_with_the_newer_of_equals_before():
    assert ids(slow_log.requests(LOG, ask())) == [4, 3, 2, 1]
    assert ids(slow_log.requests(LOG, ask(sort="duration"))) == [3, 4, 1, 2]


def test_pages_follow_each_other_without_gap_or_repetition():
    first = slow_log.requests(LOG, ask(sort="duration", limit=3))
    second = slow_log.requests(LOG, ask(sort="duration", limit=3, cursor=first.next_cursor))

    assert (ids(first), ids(second), second.next_cursor) == ([3, 4, 1], [2], None)
    assert first.total == second.total == first.range.n == 4


def test_a_raised_threshold_leaves_out_what_is_slow_no_more():
    assert ids(slow_log.requests(LOG, ask(threshold_ms=300.0))) == [4, 3, 1]


def test_one_worker_can_be_looked_at_alone():
    log = [*LOG, event(5, 400, worker="8")]

    assert ids(slow_log.requests(log, ask(worker="8"))) == [5]


def test_a_sort_order_that_is_not_known_is_refused():
    with pytest.raises(errors.UsageError, match="time"):
        slow_log.requests(LOG, ask(sort="colour"))


def test_a_statement_has_its_text_if_the_store_still_knows_it():
    log = [event(1, 300, fingerprint="f1", call_site="shop/db.py:3", rows=2), event(0, 300, fingerprint="f2")]
    known, unknown = slow_log.statements(log, ask(), {"f1": "SELECT $1"}).rows

    assert (known.statement, known.call_site, known.rows, known.duration_ms) == ("SELECT $1", "shop/db.py:3", 2, 300.0)
    assert (unknown.statement, unknown.call_site, unknown.rows) == (None, None, None)


def test_what_another_version_wrote_in_another_way_is_left_out_and_not_a_failure():
    odd = dataclasses.replace(LOG[0], body={"duration_ns": 300 * MS, "status": "200", "statements": None})
    (row,) = slow_log.requests([odd], ask()).rows

    assert (row.status, row.statements, row.trace_id) == (None, 0, None)
    assert slow_log.requests([dataclasses.replace(odd, body={})], ask()).rows == ()


def test_the_newest_place_of_a_statement_is_where_it_is():
    log = [event(n, 300, fingerprint="f1", call_site=site) for n, site in ((3, None), (2, "new.py:1"), (1, "old.py:1"))]

    assert slow_log.call_sites(log) == {"f1": "new.py:1"}
