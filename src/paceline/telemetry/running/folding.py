"""Fold finished records into the running window.

Requests only append their record to a queue; folding happens in batches (every 128th request, and at each flush), in
one loop over warm caches: that costs a third of counting at the end of each request. The same pass decides what
is kept in full, since only now is it known whether a request was slow, failed or repetitive.

Not thread-safe: `recorder` holds a lock around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from paceline.telemetry import records as r
from paceline.telemetry import window as windows
from paceline.telemetry.running import keeping, samples, slots, statements
from paceline.telemetry.running import limits as bounds

METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "PROPFIND", "WEBSOCKET")
)
"""Methods that are keys; any other is what a client sent, at any length, and counts under OTHER_METHOD."""
OTHER_METHOD = "_OTHER"
"""The name that OpenTelemetry's semantic conventions give to an unknown `http.request.method`."""

KEY_BYTES = 2_500
"""What one key of a running window takes at most: 32 raw integers, or a histogram with three or four rows."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The content of a window, raw; `encoding` makes a `Window` of it outside the lock."""

    requests: list[slots.RequestPart]
    statements: statements.TakenStatements
    kept: keeping.TakenKept
    folded_requests: int


class Folding:
    """The running window of one process."""

    def __init__(self, limits: bounds.Limits, worker: str) -> None:
        self.limits = limits
        self.statements = statements.Statements(limits)
        self.samples = samples.Samples()
        self.kept = keeping.Kept(limits, worker, self.samples)
        self._by_state: dict[tuple[str, str, int, int], slots.State] = {}
        self._by_key: dict[tuple[str, str, str], slots.RequestSlot] = {}
        self._touched: list[slots.State] = []
        self._folded_requests = 0

    @property
    def is_full(self) -> bool:
        """Return whether the window should be flushed before its time."""
        keys = len(self._touched) + self.statements.touched
        return keys * KEY_BYTES > self.limits.max_window_bytes

    def fold(self, batch: Iterable[r.Record]) -> None:
        """Count finished records."""
        known, fixed = self._by_state.get, r.STATEMENTS
        for record in batch:
            plain = record if len(record) == fixed else record[:fixed]
            start, end, first, status, bytes_out, bytes_in, flags, method, route, _, details = plain
            state = known((method, route, status, flags))
            if state is None:
                if route in self.limits.excluded_routes:
                    continue
                state = self._learn(method, route, status, flags)
            if flags:
                if flags & r.STREAM and first:
                    end = first
                if state.first_byte is not None:
                    state.first_byte.values.append(first - start)
            duration = end - start
            raw = state.raw
            if not raw:
                self._touch(state)
            raw.append(duration)
            state.bytes_out += bytes_out
            if bytes_in:
                state.bytes_in += bytes_in
            slot = state.slot
            if plain is not record or details is not None:
                self.statements.fold(record, slot.label)
            if duration > slot.keep_from_ns or start >= slot.trace_due_ns or details is not None:
                self.kept.consider(record, slot, duration, self.statements.slots_of(record, slot.label))
        self._settle()

    def _touch(self, state: slots.State) -> None:
        if not state.touched:
            state.touched = True
            self._touched.append(state)

    def _settle(self) -> None:
        """Keep the raw values of busy keys few."""
        for state in self._touched:
            state.settle()
        self.statements.settle()

    def _learn(self, method: str, route: str, status: int, flags: int) -> slots.State:
        known = method in METHODS
        slot = self._slot((method if known else OTHER_METHOD, route, outcome_of(status, flags)))
        state = slot.state(status, pieces=bool(flags & r.PIECES))
        # What a client made up is looked up anew each time: it must not fill a table.
        if known and slot.key[0] != windows.OTHER and len(self._by_state) < 4 * self.limits.max_request_keys:
            self._by_state[method, route, status, flags] = state
        return state

    def _slot(self, key: tuple[str, str, str]) -> slots.RequestSlot:
        slot = self._by_key.get(key)
        if slot is None and len(self._by_key) >= self.limits.max_request_keys:
            self._folded_requests += 1
            key = (windows.OTHER, windows.OTHER, key[2])
            slot = self._by_key.get(key)
        if slot is None:
            slot = self._by_key[key] = slots.RequestSlot(key, self.limits)
        return slot

    def take(self) -> Taken:
        """Return what was folded since the last call and begin a new window; encoding is the caller's, unhurried."""
        parts: dict[tuple[str, str, str], slots.RequestPart] = {}
        for state in self._touched:
            part = parts.get(state.slot.key)
            if part is None:
                part = parts[state.slot.key] = slots.RequestPart(state.slot)
            part.states.append(state.take())
        taken = Taken([*parts.values()], self.statements.take(), self.kept.take(), self._folded_requests)
        self._touched = []
        self._folded_requests = 0
        return taken

    def follow_limits(self) -> None:
        """Let changed limits hold from the next request on: which are excluded, and which are worth keeping."""
        self._by_state.clear()
        for slot in self._by_key.values():
            slot.rate()


def outcome_of(status: int, flags: int) -> str:
    """Return the outcome of a request from its status (0: none was sent) and the FLAGS of its record."""
    if flags & r.LIMITED:
        return slots.LIMITED
    if flags & r.ABORTED:
        return slots.OK if flags & r.STREAM else slots.ABORTED_BY_CLIENT
    if flags & r.INCOMPLETE:
        return slots.BROKEN_AFTER_START if status else slots.SERVER_ERROR
    if status >= 500:
        return slots.SERVER_ERROR
    return slots.CLIENT_ERROR if status >= 400 else slots.OK
