"""A kept trace: one request with its statements, after the fact.

Numbers cover every request; traces are an example of them, kept when a request ended in an error, was slower than
its route's own p99, repeated a statement, or was the route's exemplar of the minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

ERROR = "error"
SLOW = "slow"
REPEATED = "repeated_statement"
EXEMPLAR = "exemplar"

MAX_SPANS = 200
"""Statements kept with a trace; further ones are counted in `dropped_spans`."""


@dataclass(frozen=True, slots=True)
class Span:
    """One statement of a request. Times in nanoseconds; `start_ns` counts from the request's arrival."""

    fingerprint: str
    start_ns: int
    duration_ns: int
    call_site: str | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One kept request. `route` is the template, never the path; `kept_because` one of the reasons above."""

    trace_id: str
    at_ms: int
    method: str
    route: str
    status: int | None
    outcome: str
    duration_ns: int
    first_byte_ns: int | None
    worker: str
    kept_because: str
    exception_type: str | None = None
    spans: tuple[Span, ...] = ()
    dropped_spans: int = 0

    def to_json(self) -> dict[str, object]:
        """Return the trace as JSON-able values; spans as lists in field order."""
        return {
            "trace_id": self.trace_id,
            "at_ms": self.at_ms,
            "method": self.method,
            "route": self.route,
            "status": self.status,
            "outcome": self.outcome,
            "duration_ns": self.duration_ns,
            "first_byte_ns": self.first_byte_ns,
            "worker": self.worker,
            "kept_because": self.kept_because,
            "exception_type": self.exception_type,
            "spans": [[s.fingerprint, s.start_ns, s.duration_ns, s.call_site, s.rows] for s in self.spans],
            "dropped_spans": self.dropped_spans,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> Trace:
        """Return the trace that `to_json` wrote; unknown keys of later versions are ignored."""
        known = cast("dict[str, Any]", {name: body[name] for name in cls.__dataclass_fields__ if name in body})
        spans = tuple(Span(*span) for span in known.pop("spans", ()))
        return cls(**known, spans=spans)
