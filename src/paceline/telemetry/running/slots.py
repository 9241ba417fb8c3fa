"""Slots: where the running window of one process counts, one slot per key, found again by one dictionary look-up.

A slot outlives its window (its template, fingerprint and p99 estimate stay); its series are taken at each flush.
"""

from __future__ import annotations

import math

from paceline.telemetry import series, window

OK = "ok"
CLIENT_ERROR = "client_error"
SERVER_ERROR = "server_error"
ABORTED_BY_CLIENT = "aborted_by_client"
BROKEN_AFTER_START = "broken_after_start"
LIMITED = "limited"
OUTCOMES = (OK, CLIENT_ERROR, SERVER_ERROR, ABORTED_BY_CLIENT, BROKEN_AFTER_START, LIMITED)

MAX_STATUS_CODES = 16
"""Exact status codes a request key counts; further ones count by class."""

SETTLED_AFTER = 100
"""Requests after which a route's p99 means something."""


class StatusCount:
    """How often a slot ended with one status; one hot-path look-up finds it and, through it, the slot."""

    __slots__ = ("count", "slot", "status")

    def __init__(self, slot: RequestSlot, status: int) -> None:
        self.slot = slot
        self.status = status
        self.count = 0


class RequestSlot:
    """One (method, route, outcome) of the running window."""

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "first_byte",
        "is_failure",
        "key",
        "label",
        "p99_ns",
        "raw_first_byte",
        "raw_total",
        "seen",
        "states",
        "total",
        "touched",
        "trace_due_ns",
    )

    def __init__(self, method: str, route: str, outcome: str) -> None:
        self.key = (method, route, outcome)
        self.label = f"{method} {route}" if method != window.OTHER else window.OTHER
        self.is_failure = outcome in (SERVER_ERROR, BROKEN_AFTER_START)
        self.p99_ns = math.inf
        self.seen = 0
        self.trace_due_ns = 0
        self.states: list[StatusCount] = []
        self.reset()

    def reset(self) -> None:
        """Begin a new window."""
        self.touched = False
        self.total = series.Series()
        self.first_byte = series.Series()
        self.raw_total = self.total.values
        self.raw_first_byte = self.first_byte.values
        self.bytes_in = 0
        self.bytes_out = 0

    def take_statuses(self) -> dict[int, int]:
        """Return the status codes counted in the window and begin anew."""
        taken: dict[int, int] = {}
        for state in self.states:
            if state.count:
                taken[state.status] = taken.get(state.status, 0) + state.count
                state.count = 0
        return taken

    def learn(self, window_total: series.Series) -> None:
        """Move the estimate of the route's own p99; the first 100 requests only teach.

        A busy window's own p99 counts for 30 %. Fewer values move a frugal stream quantile (Ma, Muthukrishnan, Sandler:
        Frugal Streaming for Estimating Quantiles, 2013) by relative steps: up 5 % for a value above it, down by 1/99 of
        that for one below, so that it rests where 1 % are above.
        """
        first = self.seen < SETTLED_AFTER
        self.seen += window_total.count
        if first or window_total.expanded is not None:
            p99 = window_total.expand().quantile(0.99)
            self.p99_ns = max(p99, self._known_p99()) if first else 0.7 * self.p99_ns + 0.3 * p99
            return
        for value in window_total.values:
            self.p99_ns *= 1.05 if value > self.p99_ns else 1 - 0.05 / 99

    def _known_p99(self) -> float:
        return 0.0 if math.isinf(self.p99_ns) else self.p99_ns

    def is_slow(self, duration_ns: int) -> bool:
        """Return whether this duration is beyond the route's own p99."""
        return self.seen >= SETTLED_AFTER and duration_ns > self.p99_ns


class StatementSlot:
    """One (fingerprint, route) of the running window."""

    __slots__ = ("errors", "key", "raw", "touched", "values")

    def __init__(self, fingerprint: str, route: str) -> None:
        self.key = (fingerprint, route)
        self.reset()

    def reset(self) -> None:
        """Begin a new window."""
        self.touched = False
        self.errors = 0
        self.values = series.Series()
        self.raw = self.values.values
