"""Kept requests as a list and one by one."""

import dataclasses

import pytest
from tests import fix_measurements as made

from paceline import errors
from paceline.engine.answers.requests import traces as answers
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import traces

MS = 1_000_000
RAN = (
    traces.Span("f1", 1 * MS, 2 * MS, "shop/db.py:3", 1),
    traces.Span("f2", 4 * MS, 1 * MS, None, None),
    traces.Span("f1", 6 * MS, 3 * MS, None, None),
)
TRACE = traces.Trace("t1", made.NOW_MS, "GET", "/a", 200, "ok", 20_500_000, 12 * MS, "7", traces.SLOW, None, RAN, 40)
SNAPSHOT = snapshots.Snapshot(made.NOW_MS - 1_000, made.NOW_MS)


def test_a_trace_opens_with_its_statements_in_order():
    detail = answers.detail(TRACE, {"f1": "SELECT $1"})

    assert [(span.statement, span.start_ms, span.duration_ms, span.executions) for span in detail.spans] == [
        ("SELECT $1", 1.0, 2.0, 2),
        (None, 4.0, 1.0, 1),
        ("SELECT $1", 6.0, 3.0, 2),
    ]
    assert (detail.duration_ms, detail.first_byte_ms, detail.statement_ms) == (20.5, 12.0, 6.0)


def test_statements_beyond_those_shown_are_counted():
    detail = answers.detail(TRACE, {})

    assert (detail.statements, len(detail.spans), detail.dropped_spans) == (43, 3, 40)


def test_its_range_is_its_own_time():
    found = answers.detail(TRACE, {}).range

    assert (found.seconds, found.workers, found.n) == (0.021, ("7",), 1)


def test_a_response_that_never_began_has_no_first_byte_and_no_status():
    broken = dataclasses.replace(TRACE, status=None, first_byte_ns=None, exception_type="KeyError")
    (row,) = answers.page([broken], SNAPSHOT, limit=5).rows

    assert (row.status, row.first_byte_ms, row.exception_type) == (None, None, "KeyError")


def test_there_is_a_next_page_only_if_one_more_was_found():
    found = [dataclasses.replace(TRACE, trace_id=f"t{number}") for number in range(3)]
    page = answers.page(found, SNAPSHOT, limit=2)

    assert ([row.trace_id for row in page.rows], answers.before(page.next_cursor)) == (["t0", "t1"], "t1")
    assert answers.page(found, SNAPSHOT, limit=3).next_cursor is None


def test_a_cursor_of_another_list_is_refused():
    assert answers.before(None) is None
    with pytest.raises(errors.UsageError, match="cursor"):
        answers.before("nonsense")
