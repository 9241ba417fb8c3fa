"""Duties: work that one process does for all, whoever holds the lease.

Roll-up and retention run here, in slices of at most 5 ms, so that in a host worker no request waits longer than that
for the interpreter lock. A `paceline serve` process takes the lease by preference.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from paceline import errors
from paceline.telemetry.store import interface

SLICES = 20
"""Slices of work per flush, at the most: 0.1 s in all."""
RETAIN_EVERY = 15
"""Flushes between two looks at age and size: 30 s."""

_Slice = Callable[[], bool]

log = logging.getLogger("paceline")


class Duties:
    """Does this process's share of the duties: all of them with the lease, none without.

    Args:
        store: where the work and the lease are.
        worker: returns the name of this process; asked each time, because a child after a fork has another one.
        preferred: take the lease from a process that is not preferred.
    """

    def __init__(self, store: interface.Store, worker: Callable[[], str], *, preferred: bool = False) -> None:
        self._store = store
        self._worker = worker
        self._preferred = preferred
        self._flushes = 0

    def tick(self) -> None:
        """Renew the lease and, holding it, do what is due; called after each flush."""
        try:
            if not self._store.acquire_lease(self._worker(), preferred=self._preferred):
                return
            self._flushes += 1
            self._repeat(self._store.roll_up)
            if self._flushes % RETAIN_EVERY == 1:
                self._repeat(self._store.retain)
        except errors.StoreError as problem:
            log.debug("duties wait: %s", problem)

    def _repeat(self, work: _Slice) -> None:
        for _ in range(SLICES):
            if not work():
                return

    def stop(self) -> None:
        """Give the lease to whoever comes next."""
        try:
            self._store.release_lease(self._worker())
        except errors.StoreError as problem:
            log.debug("the lease runs out by itself: %s", problem)
