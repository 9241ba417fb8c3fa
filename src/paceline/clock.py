"""Time as paceline knows it: UTC epoch milliseconds for what is stored, monotonic nanoseconds for durations.

Everything that decides by time takes a `Clock`, so that tests move time by hand instead of waiting for it.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tell the time of day and the passage of time."""

    def now_ms(self) -> int:
        """Return UTC epoch milliseconds: what the store keeps."""
        ...

    def monotonic_ns(self) -> int:
        """Return nanoseconds that only ever grow: what durations are made of."""
        ...


class SystemClock:
    """The machine's own clocks."""

    __slots__ = ()

    def now_ms(self) -> int:
        """Return the machine's UTC epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_ns(self) -> int:
        """Return `time.perf_counter_ns`."""
        return time.perf_counter_ns()


class FakeClock:
    """A clock that stands still until told to move; shipped so that users' tests can have it too."""

    __slots__ = ("_now_ms", "_now_ns")

    def __init__(self, now_ms: int = 1_767_225_600_000) -> None:
        self._now_ms = float(now_ms)
        self._now_ns = 0

    def now_ms(self) -> int:
        """Return the epoch milliseconds that were set, plus what was advanced."""
        return int(self._now_ms)

    def monotonic_ns(self) -> int:
        """Return the nanoseconds advanced since the clock was made."""
        return self._now_ns

    def advance(self, seconds: float) -> None:
        """Move both clocks forward by `seconds`."""
        self._now_ms += seconds * 1_000
        self._now_ns += int(seconds * 1_000_000_000)


SYSTEM = SystemClock()
