"""The slow log: single executions that took longer than the threshold, newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from paceline.engine.answers import measures, paging, ranges
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry.store import interface


@dataclass(frozen=True, slots=True)
class SlowRequest:
    """One slow response."""

    id: int
    at: str
    """RFC 3339."""
    method: str
    route: str
    status: int | None
    outcome: str
    duration_ms: float
    statements: int
    """Statements it ran."""
    worker: str
    trace_id: str | None


@dataclass(frozen=True, slots=True)
class SlowStatement:
    """One slow execution of a statement."""

    id: int
    at: str
    """RFC 3339."""
    fingerprint: str
    statement: str | None
    """Normalised text; None if the store no longer has it."""
    route: str
    call_site: str | None
    duration_ms: float
    rows: int | None
    parameter_types: tuple[str, ...] | None
    """As `int` or `str(12)`, of three executions of the statement within 15 min; None for others, and when off."""
    worker: str
    trace_id: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """Which part of the slow log is wanted."""

    snapshot: snapshots.Snapshot
    """The range, as it was read."""
    threshold_ms: float
    """What counts as slow now; events below it are left out, so that log and counts agree when it was raised."""
    limit: int
    sort: str = "time"
    """time (newest first) or duration."""
    cursor: str | None = None
    worker: str | None = None


def requests(events: Sequence[interface.StoredEvent], question: Question) -> ranges.Page[SlowRequest]:
    """Return slow responses.

    Raises:
        errors.UsageError: a limit, sort or cursor that cannot be.
    """
    found = _cut(events, question, "slow_response")
    rows = tuple(_request(event) for event in found.items)
    return ranges.Page(rows, found.next_cursor, found.total, ranges.range_info(question.snapshot, found.total))


def statements(
    events: Sequence[interface.StoredEvent], question: Question, texts: Mapping[str, str]
) -> ranges.Page[SlowStatement]:
    """Return slow executions of statements.

    Raises:
        errors.UsageError: a limit, sort or cursor that cannot be.
    """
    found = _cut(events, question, "slow_statement")
    rows = tuple(_statement(event, texts) for event in found.items)
    return ranges.Page(rows, found.next_cursor, found.total, ranges.range_info(question.snapshot, found.total))


def _cut(events: Sequence[interface.StoredEvent], question: Question, name: str) -> paging.Cut[interface.StoredEvent]:
    value = paging.choose(question.sort, SORTS)
    order: paging.Order[interface.StoredEvent] = paging.Order(f"{name}.{question.sort}", value, _newest_first)
    threshold_ns = question.threshold_ms * 1e6
    slow = [
        event for event in events if _duration_ns(event) >= threshold_ns and question.worker in (None, event.worker)
    ]
    return paging.cut(slow, order, limit=question.limit, cursor=question.cursor)


def _newest_first(event: interface.StoredEvent) -> str:
    """Return a key that is smaller for newer events, which is the order of ties."""
    return f"{10**18 - event.id:019d}"


def _duration_ns(event: interface.StoredEvent) -> int:
    return _integer(event.body.get("duration_ns")) or 0


SORTS: Mapping[str, Callable[[interface.StoredEvent], float]] = {
    "time": lambda event: event.at_ms,
    "duration": _duration_ns,
}
"""Orders by name."""


def _request(event: interface.StoredEvent) -> SlowRequest:
    body = event.body
    return SlowRequest(
        id=event.id,
        at=ranges.rfc3339(event.at_ms),
        method=str(body.get("method")),
        route=str(body.get("route")),
        status=_integer(body.get("status")),
        outcome=str(body.get("outcome")),
        duration_ms=measures.ms(_duration_ns(event)),
        statements=_integer(body.get("statements")) or 0,
        worker=event.worker,
        trace_id=_text(body.get("trace_id")),
    )


def _statement(event: interface.StoredEvent, texts: Mapping[str, str]) -> SlowStatement:
    body = event.body
    fingerprint = str(body.get("fingerprint"))
    return SlowStatement(
        id=event.id,
        at=ranges.rfc3339(event.at_ms),
        fingerprint=fingerprint,
        statement=texts.get(fingerprint),
        route=str(body.get("route")),
        call_site=_text(body.get("call_site")),
        duration_ms=measures.ms(_duration_ns(event)),
        rows=_integer(body.get("rows")),
        parameter_types=_texts(body.get("parameter_types")),
        worker=event.worker,
        trace_id=_text(body.get("trace_id")),
    )


def call_sites(events: Sequence[interface.StoredEvent]) -> dict[str, str]:
    """Return the newest call site of each statement in the log (events newest first)."""
    found: dict[str, str] = {}
    for event in events:
        site = _text(event.body.get("call_site"))
        if site:
            found.setdefault(str(event.body.get("fingerprint")), site)
    return found


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(str(one) for one in cast("list[object]", value)) if isinstance(value, list) else None
