"""Kept traces: the list, and one with its statements."""

from __future__ import annotations

from dataclasses import dataclass

from paceline.engine.answers import ranges


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
