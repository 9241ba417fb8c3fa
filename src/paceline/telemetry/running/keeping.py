"""What is kept in full: traces by tail sampling, and the slow log.

Decided when the request is over, so the reason is a fact and not a guess. Every list is bounded per window; what does
not fit is counted as dropped.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from paceline.telemetry import records as r
from paceline.telemetry import traces
from paceline.telemetry import window as windows
from paceline.telemetry.running import limits as bounds
from paceline.telemetry.running import samples as samples_
from paceline.telemetry.running import slots

EXEMPLAR_EVERY_NS = 60 * 1_000_000_000
RETRY_NS = 2 * 1_000_000_000
"""When a route's example is looked for again that found the window full: in the next one."""
MAX_TRACES = 50
"""Traces kept per window of one process."""
MAX_EVENTS = 1_000
"""Slow statements, and slow responses, kept per window of one process."""
MAX_TRACE_SPANS = 4_000
"""Spans over all traces of a window, about 1 MB."""


@dataclass(frozen=True, slots=True)
class TakenKept:
    """What a window kept, and how many of what could not be."""

    traces: tuple[traces.Trace, ...]
    events: tuple[windows.Event, ...]
    dropped: dict[str, int]


class Kept:
    """Traces and events of the running window."""

    def __init__(self, limits: bounds.Limits, worker: str, samples: samples_.Samples) -> None:
        self.worker = worker
        self._samples = samples
        self._limits = limits
        self._begin()

    def _begin(self) -> None:
        self._traces: list[traces.Trace] = []
        self._spans = 0
        self._slow_statements: list[windows.Event] = []
        self._slow_responses: list[windows.Event] = []
        self._others: list[windows.Event] = []
        self._dropped: dict[str, int] = {}

    def consider(
        self, record: r.Record, slot: slots.RequestSlot, duration_ns: int, ran: list[slots.StatementSlot]
    ) -> None:
        """Keep a trace of the record if there is a reason to, and its slow parts in the slow log."""
        slow_response = duration_ns >= self._limits.slow_response_ns
        slow_positions = self._slow_positions(record)
        reason = self._reason(record, slot, duration_ns, slow=slow_response or bool(slow_positions))
        trace_id = self._keep_trace(record, slot, duration_ns, ran, reason) if reason else None
        at_ms = _wall_ms(record[r.START])
        if slow_response:
            self._add(
                self._slow_responses, windows.SLOW_RESPONSE, at_ms, _response(record, slot, duration_ns, trace_id)
            )
        for position in slow_positions:
            which = ran[(position - r.STATEMENTS) // r.TRIPLE]
            body = _statement(record, position, which, slot.label, trace_id)
            body["parameter_types"] = self._parameter_types(record, position, which.key[0])
            self._add(self._slow_statements, windows.SLOW_STATEMENT, at_ms, body)

    def _parameter_types(self, record: r.Record, position: int, fingerprint: str) -> list[str] | None:
        sample = r.details(record).samples.get(position)
        if sample is None or not self._samples.keep(fingerprint, sample, record[position + 2]):
            return None
        return list(sample.types)

    def slow_background(self, fingerprint: str, duration_ns: int, call_site: str | None) -> None:
        """Note a slow statement that ran outside any request."""
        body = {
            "fingerprint": fingerprint,
            "route": windows.BACKGROUND,
            "duration_ns": duration_ns,
            "call_site": call_site,
        }
        at_ms = _wall_ms(time.perf_counter_ns() - duration_ns)
        self._add(self._slow_statements, windows.SLOW_STATEMENT, at_ms, {**body, "rows": None, "trace_id": None})

    def note(self, event: windows.Event) -> None:
        """Add an event that is no slow statement or response."""
        if len(self._others) < MAX_EVENTS:
            self._others.append(event)

    def _slow_positions(self, record: r.Record) -> list[int]:
        details: r.Details | None = record[r.DETAILS]
        if details is None or not details.call_sites:
            return []
        slow_ns = self._limits.slow_statement_ns
        return [p for p in details.call_sites if p + 2 < len(record) and record[p + 2] - record[p + 1] >= slow_ns]

    def _reason(self, record: r.Record, slot: slots.RequestSlot, duration_ns: int, *, slow: bool) -> str | None:
        details: r.Details | None = record[r.DETAILS]
        if slot.is_failure or record[r.EXCEPTION] is not None:
            return traces.ERROR
        if slow or slot.is_slow(duration_ns):
            return traces.SLOW
        if details is not None:
            r.note_repeated(record)
            if details.repeated:
                return traces.REPEATED
        return traces.EXEMPLAR if record[r.START] >= slot.trace_due_ns else None

    def _keep_trace(
        self, record: r.Record, slot: slots.RequestSlot, duration_ns: int, ran: list[slots.StatementSlot], reason: str
    ) -> str | None:
        if len(self._traces) >= MAX_TRACES or self._spans >= MAX_TRACE_SPANS:
            self._dropped["traces"] = self._dropped.get("traces", 0) + 1
            slot.trace_due_ns = max(slot.trace_due_ns, record[r.START] + RETRY_NS)
            return None
        slot.trace_due_ns = record[r.START] + EXEMPLAR_EVERY_NS
        trace_id = f"{random.getrandbits(128):032x}"
        spans = _spans(record, ran)
        self._spans += len(spans)
        first: int = record[r.FIRST_BYTE if record[r.FLAGS] & (r.PIECES | r.INCOMPLETE) else r.END]
        trace = traces.Trace(
            trace_id=trace_id,
            at_ms=_wall_ms(record[r.START]),
            method=slot.key[0],
            route=slot.key[1],
            status=record[r.STATUS] or None,
            outcome=slot.key[2],
            duration_ns=duration_ns,
            first_byte_ns=first - record[r.START] if first else None,
            worker=self.worker,
            kept_because=reason,
            exception_type=record[r.EXCEPTION],
            spans=spans,
            dropped_spans=r.ran(record) - len(spans),
        )
        self._traces.append(trace)
        return trace_id

    def _add(self, to: list[windows.Event], kind: str, at_ms: int, body: dict[str, object]) -> None:
        if len(to) >= MAX_EVENTS:
            self._dropped[kind] = self._dropped.get(kind, 0) + 1
        else:
            to.append(windows.Event(kind, at_ms, body))

    def take(self) -> TakenKept:
        """Return what was kept since the last call and begin a new window."""
        taken = TakenKept(
            tuple(self._traces), (*self._slow_statements, *self._slow_responses, *self._others), self._dropped
        )
        self._samples.forget_old(time.perf_counter_ns())
        self._begin()
        return taken


def _wall_ms(perf_ns: int) -> int:
    return (time.time_ns() - (time.perf_counter_ns() - perf_ns)) // 1_000_000


def _spans(record: r.Record, ran: list[slots.StatementSlot]) -> tuple[traces.Span, ...]:
    details: r.Details | None = record[r.DETAILS]
    spans: list[traces.Span] = []
    for index, slot in enumerate(ran[: traces.MAX_SPANS]):
        position = r.STATEMENTS + index * r.TRIPLE
        text, start, end = record[position : position + r.TRIPLE]
        site = rows = None
        if details is not None:
            site = details.call_sites.get(position) or details.repeated.get(text)
            rows = details.rows.get(position)
        spans.append(traces.Span(slot.key[0], start - record[r.START], end - start, site, rows))
    return tuple(spans)


def _response(record: r.Record, slot: slots.RequestSlot, duration_ns: int, trace_id: str | None) -> dict[str, object]:
    return {
        "method": slot.key[0],
        "route": slot.key[1],
        "outcome": slot.key[2],
        "status": record[r.STATUS] or None,
        "duration_ns": duration_ns,
        "statements": r.ran(record),
        "trace_id": trace_id,
    }


def _statement(
    record: r.Record, position: int, slot: slots.StatementSlot, route: str, trace_id: str | None
) -> dict[str, object]:
    details = r.details(record)
    return {
        "fingerprint": slot.key[0],
        "route": route,
        "duration_ns": record[position + 2] - record[position + 1],
        "call_site": details.call_sites.get(position),
        "rows": details.rows.get(position),
        "trace_id": trace_id,
    }
