"""Kept traces: the list, and one with its statements."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from paceline.engine.answers import measures, paging, ranges
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import traces
from paceline.telemetry import window as windows

KINDS = (windows.FOLDED, windows.DROPPED)
"""What has to be read for the list beside the traces themselves."""

SORTS: Mapping[str, Callable[[traces.Trace], int]] = {
    "time": lambda trace: trace.at_ms,
    "duration": lambda trace: trace.duration_ns,
}
"""Orders of the list: newest first, or longest first."""


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A kept request in the list."""

    trace_id: str
    at: str
    """RFC 3339."""
    at_ms: int
    method: str
    route: str
    status: int | None
    outcome: str
    duration_ms: float
    first_byte_ms: float | None
    statements: int
    """Statements it ran, those that were not kept one by one included."""
    kept_because: str
    """error, slow, repeated_statement or exemplar."""
    exception_type: str | None
    worker: str


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One statement of a trace."""

    fingerprint: str
    statement: str | None
    start_ms: float
    """After the request's arrival."""
    duration_ms: float
    call_site: str | None
    rows: int | None
    executions: int
    """How often the trace ran this statement."""


@dataclass(frozen=True, slots=True)
class TraceDetail:
    """A kept request with its statements."""

    trace_id: str
    at: str
    at_ms: int
    method: str
    route: str
    status: int | None
    outcome: str
    duration_ms: float
    first_byte_ms: float | None
    statements: int
    statement_ms: float
    """Time in the statements shown."""
    kept_because: str
    exception_type: str | None
    worker: str
    spans: tuple[SpanRow, ...]
    dropped_spans: int
    """Statements beyond those shown."""
    range: ranges.RangeInfo


def page(
    found: Sequence[traces.Trace], snapshot: snapshots.Snapshot, *, limit: int, sort: str = "time"
) -> ranges.Page[TraceRow]:
    """Return a page of traces; `found` holds one more than `limit` if there are more."""
    shown = found[:limit]
    last = None
    if len(found) > limit:
        last = paging.encode(_order(sort), (SORTS[sort](shown[-1]), shown[-1].trace_id))
    seen = {*snapshot.workers, *(trace.worker for trace in shown)}
    covered = dataclasses.replace(snapshot, workers=tuple(sorted(seen)))
    return ranges.Page(tuple(map(_row, shown)), last, None, ranges.range_info(covered, len(shown)))


def before(cursor: str | None, sort: str = "time") -> str | None:
    """Return the trace after which a page begins.

    Raises:
        errors.UsageError: the sort is not known, or the cursor is not one of this list and sort.
    """
    paging.choose(sort, SORTS)
    return paging.decode(cursor, _order(sort))[1] if cursor else None


def _order(sort: str) -> str:
    return f"traces.{sort}"


def _row(trace: traces.Trace) -> TraceRow:
    return TraceRow(
        trace_id=trace.trace_id,
        at=ranges.rfc3339(trace.at_ms),
        at_ms=trace.at_ms,
        method=trace.method,
        route=trace.route,
        status=trace.status,
        outcome=trace.outcome,
        duration_ms=measures.ms(trace.duration_ns),
        first_byte_ms=None if trace.first_byte_ns is None else measures.ms(trace.first_byte_ns),
        statements=len(trace.spans) + trace.dropped_spans,
        kept_because=trace.kept_because,
        exception_type=trace.exception_type,
        worker=trace.worker,
    )


def detail(trace: traces.Trace, texts: Mapping[str, str]) -> TraceDetail:
    """Return a trace with its statements."""
    executions = Counter(span.fingerprint for span in trace.spans)
    row = _row(trace)
    spans = tuple(
        SpanRow(
            fingerprint=span.fingerprint,
            statement=texts.get(span.fingerprint),
            start_ms=measures.ms(span.start_ns),
            duration_ms=measures.ms(span.duration_ns),
            call_site=span.call_site,
            rows=span.rows,
            executions=executions[span.fingerprint],
        )
        for span in trace.spans
    )
    end_ms = trace.at_ms + -(-trace.duration_ns // 1_000_000)
    moment = snapshots.Snapshot(trace.at_ms, end_ms, workers=(trace.worker,), resolution_ms=0)
    return TraceDetail(
        trace_id=row.trace_id,
        at=row.at,
        at_ms=row.at_ms,
        method=row.method,
        route=row.route,
        status=row.status,
        outcome=row.outcome,
        duration_ms=row.duration_ms,
        first_byte_ms=row.first_byte_ms,
        statements=row.statements,
        statement_ms=measures.ms(sum(span.duration_ns for span in trace.spans)),
        kept_because=row.kept_because,
        exception_type=row.exception_type,
        worker=row.worker,
        spans=spans,
        dropped_spans=trace.dropped_spans,
        range=ranges.range_info(moment, 1),
    )
