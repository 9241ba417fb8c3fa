"""Fold finished records into the running window.

Requests only append their record to a queue; folding happens in batches (every 128th request, and at each flush), in
one loop over warm caches: that costs a third of counting at the end of each request. The same pass decides what
is kept in full, since only now is it known whether a request was slow, failed or repetitive.

Not thread-safe: `recorder` holds a lock around it.
"""

from __future__ import annotations

from dataclasses import dataclass

from paceline.telemetry import records as r
from paceline.telemetry import series
from paceline.telemetry import window as windows
from paceline.telemetry.running import keeping, slots, statements
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
class RequestPart:
    """What one request key got in a window."""

    slot: slots.RequestSlot
    total: series.Series
    first_byte: series.Series
    statuses: dict[int, int]
    bytes_in: int
    bytes_out: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The content of a window, raw; `encoding` makes a `Window` of it outside the lock."""

    requests: list[RequestPart]
    statements: statements.TakenStatements
    kept: keeping.TakenKept
    folded_requests: int


class Folding:
    """The running window of one process."""

    def __init__(self, limits: bounds.Limits, worker: str) -> None:
        self.limits = limits
        self.statements = statements.Statements(limits)
        self.kept = keeping.Kept(limits, worker)
        self._by_state: dict[tuple[str, str, int, int], slots.StatusCount] = {}
        self._by_key: dict[tuple[str, str, str], slots.RequestSlot] = {}
        self._touched: list[slots.RequestSlot] = []
        self._folded_requests = 0

    @property
    def is_full(self) -> bool:
        """Return whether the window should be flushed before its time."""
        keys = len(self._touched) * 2 + self.statements.touched
        return keys * KEY_BYTES > self.limits.max_window_bytes

    def fold(self, record: r.Record) -> None:
        """Count one finished record."""
        start, end, first, status, bytes_out, bytes_in, flags, method, found, _, details = record[: r.STATEMENTS]
        route: str = found if type(found) is str else found[0](found[1], found[2], found[3])
        state = self._by_state.get((method, route, status, flags))
        if state is None:
            if route in self.limits.excluded_routes:
                return
            state = self._learn(method, route, status, flags)
        state.count += 1
        slot = state.slot
        if not slot.touched:
            slot.touched = True
            self._touched.append(slot)
        duration = (first if first and flags & r.STREAM else end) - start
        slot.raw_total.append(duration)
        slot.raw_first_byte.append(first - start if first else duration)
        slot.bytes_in += bytes_in
        slot.bytes_out += bytes_out
        if len(record) > r.STATEMENTS or details is not None:
            self.statements.fold(record, slot.label)
        if duration > slot.p99_ns or start >= slot.trace_due_ns or self._is_special(slot, details, duration):
            self.kept.consider(record, slot, duration, self.statements.slots_of(record, slot.label))

    def _is_special(self, slot: slots.RequestSlot, details: r.Details | None, duration_ns: int) -> bool:
        return details is not None or slot.is_failure or duration_ns >= self.limits.slow_response_ns

    def settle(self) -> None:
        """Keep the raw values of busy keys few; called after each batch."""
        for slot in self._touched:
            slot.total.settle()
            slot.first_byte.settle()
        self.statements.settle()

    def _learn(self, method: str, route: str, status: int, flags: int) -> slots.StatusCount:
        known = method in METHODS
        slot = self._slot((method if known else OTHER_METHOD, route, outcome_of(status, flags)))
        state = next((counted for counted in slot.states if counted.status == status), None)
        if state is None:
            state = slots.StatusCount(slot, status)
            slot.states.append(state)
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
            slot = self._by_key[key] = slots.RequestSlot(*key)
        return slot

    def take(self) -> Taken:
        """Return what was folded since the last call and begin a new window; encoding is the caller's, unhurried."""
        requests: list[RequestPart] = []
        for slot in self._touched:
            statuses = slot.take_statuses()
            requests.append(RequestPart(slot, slot.total, slot.first_byte, statuses, slot.bytes_in, slot.bytes_out))
            slot.reset()
        taken = Taken(requests, self.statements.take(), self.kept.take(), self._folded_requests)
        self._touched = []
        self._folded_requests = 0
        return taken


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
