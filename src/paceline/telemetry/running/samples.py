"""Examples of parameters: three of each statement within a quarter of an hour.

Types go into the slow log with the event. Values stay here, in the memory of this process, and are forgotten after a
quarter of an hour; nothing writes them anywhere.
"""

from __future__ import annotations

from collections import deque

from paceline.telemetry import records

EACH = 3
KEPT_NS = 15 * 60 * 1_000_000_000
MAX_STATEMENTS = 500
"""Statements with examples at a time; a further one has none until old ones are forgotten."""


class Samples:
    """Examples by fingerprint; not thread-safe, `recorder` holds a lock around it."""

    def __init__(self) -> None:
        self._kept: dict[str, deque[tuple[int, records.Sample]]] = {}

    def keep(self, fingerprint: str, sample: records.Sample, now_ns: int) -> bool:
        """Keep an example unless there are three of the statement already; return whether it was kept."""
        self.forget_old(now_ns)
        kept = self._kept.get(fingerprint)
        if kept is None:
            if len(self._kept) >= MAX_STATEMENTS:
                return False
            kept = self._kept[fingerprint] = deque()
        if len(kept) >= EACH:
            return False
        kept.append((now_ns, sample))
        return True

    def of(self, fingerprint: str, now_ns: int) -> list[tuple[int, records.Sample]]:
        """Return the examples of a statement that have values, with the `perf_counter_ns` of each, oldest first."""
        self.forget_old(now_ns)
        return [one for one in self._kept.get(fingerprint, ()) if one[1].values is not None]

    def forget_old(self, now_ns: int) -> None:
        """Forget what is older than a quarter of an hour."""
        for fingerprint in list(self._kept):
            kept = self._kept[fingerprint]
            while kept and now_ns - kept[0][0] >= KEPT_NS:
                kept.popleft()
            if not kept:
                del self._kept[fingerprint]

    def forget(self) -> None:
        """Forget everything."""
        self._kept.clear()
