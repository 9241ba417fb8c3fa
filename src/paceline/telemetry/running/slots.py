"""Slots: where the running window of one process counts, one slot per key, found again by one dictionary look-up.

A slot outlives its window (its template, fingerprint and p99 estimate stay); its series are taken at each flush.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from paceline.telemetry import series, window
from paceline.telemetry.running import limits as bounds

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


@dataclass(frozen=True, slots=True)
class TakenState:
    """What one state got in a window."""

    status: int
    total: series.Series
    first_byte: series.Series | None
    """None: sent in one piece, so the first byte came with the last."""
    bytes_in: int
    bytes_out: int


@dataclass(frozen=True, slots=True)
class RequestPart:
    """What one request key got in a window, by state."""

    slot: RequestSlot
    states: list[TakenState] = field(default_factory=list[TakenState])


class State:
    """How some requests of a slot ended: one look-up of the hot path finds it, and it holds what they add up to.

    `pieces` says whether their bodies came in several pieces: only those have a first byte apart from the last.
    """

    __slots__ = ("bytes_in", "bytes_out", "first_byte", "pieces", "raw", "slot", "status", "total", "touched")

    def __init__(self, slot: RequestSlot, status: int, *, pieces: bool) -> None:
        self.slot = slot
        self.status = status
        self.pieces = pieces
        self._reset()

    def _reset(self) -> None:
        self.touched = False
        self.total = series.Series()
        self.raw = self.total.values
        self.first_byte = series.Series() if self.pieces else None
        self.bytes_in = 0
        self.bytes_out = 0

    def settle(self) -> None:
        """Keep the raw values few."""
        self.total.settle()
        if self.first_byte is not None:
            self.first_byte.settle()

    def take(self) -> TakenState:
        """Return what was counted and begin a new window."""
        taken = TakenState(self.status, self.total, self.first_byte, self.bytes_in, self.bytes_out)
        self._reset()
        return taken


class RequestSlot:
    """One (method, route, outcome): what it is called, and from when on one of its requests is worth keeping."""

    __slots__ = ("_limits", "is_failure", "keep_from_ns", "key", "label", "p99_ns", "seen", "states", "trace_due_ns")

    def __init__(self, key: tuple[str, str, str], limits: bounds.Limits) -> None:
        method, route, outcome = key
        self.key = key
        self.label = f"{method} {route}" if method != window.OTHER else window.OTHER
        self.is_failure = outcome in (SERVER_ERROR, BROKEN_AFTER_START)
        self.p99_ns = math.inf
        self.seen = 0
        self.trace_due_ns = 0
        self.states: list[State] = []
        self._limits = limits
        self.rate()

    def rate(self) -> None:
        """Set the duration above which a request is looked at; the limits may have changed since."""
        longest = self._limits.slow_response_ns - 1
        self.keep_from_ns = -1 if self.is_failure else min(self.p99_ns, longest)

    def state(self, status: int, *, pieces: bool) -> State:
        """Return the state for a status, made when there is none."""
        for state in self.states:
            if state.status == status and state.pieces == pieces:
                return state
        made = State(self, status, pieces=pieces)
        self.states.append(made)
        return made

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
        else:
            for value in window_total.values:
                self.p99_ns *= 1.05 if value > self.p99_ns else 1 - 0.05 / 99
        self.rate()

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
