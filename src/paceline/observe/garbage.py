"""CPython's cycle collector: its state, how long it stops the process, and one collection on request.

A collection holds the interpreter lock, so every request waits for it; a full one takes tens of milliseconds in an
ordinary web process. The timer hangs on `gc.callbacks` and costs about a microsecond per collection.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paceline import clock as clocks
from paceline.observe import kernel_files, memory

_GENERATIONS = 3


@dataclass(frozen=True, slots=True)
class Generation:
    """What the collector did in one generation since the process began."""

    pending: int
    """Counter that starts a collection when it exceeds `threshold`."""
    threshold: int
    collections: int
    collected: int
    """Objects freed."""
    uncollectable: int
    """Objects found unreachable but left in `gc.garbage`."""


@dataclass(frozen=True, slots=True)
class GarbageReading:
    """The collector's state at one moment; youngest generation first."""

    enabled: bool
    frozen: int | None
    """Objects moved out of the collector's sight by `gc.freeze`."""
    generations: tuple[Generation, ...] | None
    unavailable: tuple[tuple[str, str], ...] = ()
    """(field, reason) of everything that is `None`."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Stops of the process by collections of one generation while the timer ran."""

    count: int
    total_ns: int
    longest_ns: int


@dataclass(frozen=True, slots=True)
class CollectResult:
    """What one full collection brought."""

    freed_objects: int
    freed_bytes: int | None
    """Resident memory before less after; negative if the process grew meanwhile, `None` if it cannot be read."""
    pause_ns: int
    rss_before_bytes: int | None
    rss_after_bytes: int | None


def read() -> GarbageReading:
    """Read the collector's state; never raises."""
    gaps = kernel_files.Gaps()
    freeze_count = getattr(gc, "get_freeze_count", None)
    frozen = gaps.check("frozen", None if freeze_count is None else int(freeze_count()), "this interpreter has none")
    generations = gaps.check("generations", _generations(), "this interpreter's collector keeps other books")
    return GarbageReading(gc.isenabled(), frozen, generations, gaps.listed())


def collect(clock: clocks.Clock, proc: Path = kernel_files.PROC) -> CollectResult:
    """Run a full collection now and say what it brought; the whole process waits for `pause_ns`."""
    before = memory.resident_bytes(proc)
    started_ns = clock.monotonic_ns()
    freed = gc.collect()
    pause_ns = clock.monotonic_ns() - started_ns
    after = memory.resident_bytes(proc)
    freed_bytes = None if before is None or after is None else before - after
    return CollectResult(freed, freed_bytes, pause_ns, before, after)


class PauseTimer:
    """Time every collection of this process, per generation.

    Collections never overlap in an interpreter, so one start mark is enough. Only integers are kept: the callback
    runs inside the collector and must not make work for it.
    """

    __slots__ = ("_callback", "_counts", "_longest_ns", "_now_ns", "_started_ns", "_totals_ns")

    def __init__(self, now_ns: Callable[[], int] = time.perf_counter_ns) -> None:
        self._now_ns = now_ns
        self._callback = self._on_collection
        self._started_ns: int | None = None
        self._counts = [0] * _GENERATIONS
        self._totals_ns = [0] * _GENERATIONS
        self._longest_ns = [0] * _GENERATIONS

    def start(self) -> None:
        """Begin to time; a second start changes nothing."""
        if self._callback not in gc.callbacks:
            self._started_ns = None
            gc.callbacks.append(self._callback)

    def stop(self) -> None:
        """Stop timing and keep what was counted; a second stop changes nothing."""
        if self._callback in gc.callbacks:
            gc.callbacks.remove(self._callback)

    def pauses(self) -> tuple[Pauses, ...]:
        """Return the pauses counted so far, youngest generation first."""
        rows = zip(self._counts, self._totals_ns, self._longest_ns, strict=True)
        return tuple(Pauses(count, total_ns, longest_ns) for count, total_ns, longest_ns in rows)

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._started_ns = self._now_ns()
            return
        # Started in the middle of a collection: its beginning was not seen, so it does not count.
        if self._started_ns is None:
            return
        pause_ns = self._now_ns() - self._started_ns
        self._started_ns = None
        generation = info.get("generation", _GENERATIONS)
        if generation < _GENERATIONS:
            self._counts[generation] += 1
            self._totals_ns[generation] += pause_ns
            self._longest_ns[generation] = max(self._longest_ns[generation], pause_ns)


def _generations() -> tuple[Generation, ...] | None:
    try:
        rows = zip(gc.get_count(), gc.get_threshold(), gc.get_stats(), strict=True)
        return tuple(
            Generation(pending, threshold, stats["collections"], stats["collected"], stats["uncollectable"])
            for pending, threshold, stats in rows
        )
    except (AttributeError, KeyError, TypeError, ValueError):  # PyPy's collector answers in another shape
        return None
