"""Duties: work that one process does for all, whoever holds the lease.

Roll-up and retention run here, in slices of at most 5 ms, so that in a host worker no request waits longer than that
for the interpreter lock. A `paceline serve` process takes the lease by preference.

A process may be paused between two of its instructions, for as long as somebody likes, so nothing that was once read
from the lease is believed for long: before each slice the holder asks its own clocks whether the lease can have run out
meanwhile. What a slice itself does is safe in a store that two processes work on (it moves marks in a transaction).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from paceline import clock as clocks
from paceline import errors
from paceline.telemetry.store import interface
from paceline.telemetry.store.sqlite_rows import lease

SLICES = 20
"""Slices of work per flush, at the most: 0.1 s in all."""
RETAIN_EVERY = 15
"""Flushes between two looks at age and size: 30 s."""
BELIEVED_MS = lease.LEASE_MS * 4 // 5
"""How long a lease is believed after it was asked for: less than it lasts, so that clocks may differ a little."""

_Slice = Callable[[], bool]

log = logging.getLogger("paceline")


class Duties:
    """Does this process's share of the duties: all of them with the lease, none without.

    Args:
        store: where the work and the lease are.
        worker: returns the name of this process; asked each time, because a child after a fork has another one.
        preferred: take the lease from a process that is not preferred.
        clock: the clock by which the lease runs out.
    """

    def __init__(
        self,
        store: interface.Store,
        worker: Callable[[], str],
        *,
        preferred: bool = False,
        clock: clocks.Clock = clocks.SYSTEM,
    ) -> None:
        self._store = store
        self._worker = worker
        self._preferred = preferred
        self._clock = clock
        self._flushes = 0
        self._asked: tuple[str, int, int] | None = None

    @property
    def holds(self) -> bool:
        """Return whether this process holds the lease, as far as it can know without asking the store."""
        if self._asked is None:
            return False
        worker, at_ms, at_ns = self._asked
        # Both clocks: one may be set by hand, the other stands still while the machine sleeps.
        passed_ms = max(abs(self._clock.now_ms() - at_ms), (self._clock.monotonic_ns() - at_ns) / 1e6)
        return worker == self._worker() and passed_ms < BELIEVED_MS

    def tick(self) -> None:
        """Renew the lease and, holding it, do what is due; called after each flush."""
        try:
            if not self._acquire():
                return
            self._flushes += 1
            self._repeat(self._store.roll_up)
            if self._flushes % RETAIN_EVERY == 1:
                self._repeat(self._store.retain)
        except errors.StoreError as problem:
            log.debug("duties wait: %s", problem)

    def _acquire(self) -> bool:
        # The time before the question: the answer may come late, and the lease runs from when it was written.
        asked = (self._worker(), self._clock.now_ms(), self._clock.monotonic_ns())
        self._asked = None
        if self._store.acquire_lease(asked[0], preferred=self._preferred):
            self._asked = asked
        return self.holds

    def _repeat(self, work: _Slice) -> None:
        for _ in range(SLICES):
            if not (self.holds and work()):
                return

    def stop(self) -> None:
        """Give the lease to whoever comes next."""
        self._asked = None
        try:
            self._store.release_lease(self._worker())
        except errors.StoreError as problem:
            log.debug("the lease runs out by itself: %s", problem)
