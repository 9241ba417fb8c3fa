"""Memory: now, on average and at its peak, worker by worker and together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from paceline.engine.answers import measures, ranges
from paceline.engine.answers.processes import growth, workers
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import units
from paceline.telemetry import window as windows

_LEVELS = {
    "rss": "memory.rss",
    "heap_reserved": "memory.heap_reserved",
    "heap_used": "memory.heap_used",
    "native": "memory.native",
    "large_blocks": "memory.large_blocks",
}
_COLLECTOR = ("gc.pause_ms", "gc.collections", "gc.collected", "gc.uncollectable")
KINDS = (
    *_LEVELS.values(),
    *_COLLECTOR,
    "memory.peak_rss",
    "memory.allocated_blocks",
    "memory.usage",
    "memory.limit",
    "memory.usage_ratio",
    windows.DROPPED,
)
"""What has to be read for these answers."""

_NOT_REPORTED = "not reported in the range"
_NOBODY_LIVE = "no worker is live: all left or fell silent"


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes, and the same for people (1024-based)."""

    bytes: int
    formatted: str


@dataclass(frozen=True, slots=True)
class Levels:
    """Memory at one moment or over a range; None is explained in `unavailable`."""

    rss: Size | None
    heap_reserved: Size | None
    """What the C allocator holds from the system."""
    heap_used: Size | None
    """What of it is in use."""
    native: Size | None
    """Resident outside the C heap: small Python objects, code, stacks."""
    large_blocks: Size | None


@dataclass(frozen=True, slots=True)
class Usage:
    """How near the limit that ends the process is."""

    usage_percent: float | None
    usage: Size | None
    limit: Size | None
    limit_kind: str | None
    """cgroup, rlimit or physical."""
    threshold_percent: float
    over_threshold: bool


@dataclass(frozen=True, slots=True)
class Garbage:
    """The collector; counts since the process began, pauses over the range."""

    enabled: bool | None
    thresholds: tuple[int, ...]
    collections: int | None
    collected: int | None
    uncollectable: int | None
    pause_ms: float | None
    """Time in collections over the range."""
    longest_pause_ms: float | None
    """Most time in collections within 2 s."""


@dataclass(frozen=True, slots=True)
class Allocator:
    """What the allocators say about themselves."""

    allocated_blocks: int | None
    """Small Python objects alive."""
    heap_free: Size | None
    """Reserved and not in use: free, but not given back to the system."""
    heap_free_percent: float | None


@dataclass(frozen=True, slots=True)
class WorkerMemory:
    """Memory of one process."""

    worker: str
    pid: int | None
    live: bool
    """Whether it reported within the last 10 s and did not say that it leaves; `current` is its last reading if not."""
    current: Levels
    average: Levels
    peak: Levels
    peak_since_start: Size | None
    """Highest resident memory since the process began."""
    usage: Usage
    gc: Garbage
    allocator: Allocator
    classification: str
    """steady, growing_python_objects, growing_heap, growing_native, retained_by_allocator, unknown."""
    unavailable: tuple[ranges.Unavailable, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryStats:
    """Memory of the service: the sum over its live workers, and each worker."""

    current: Levels
    average: Levels
    peak: Levels
    """Sum of each worker's peak: an upper bound of what was used at once."""
    peak_since_start: Size | None
    usage_percent: float | None
    """Of the worker that is nearest to its limit."""
    limit_kind: str | None
    usage: Usage
    gc: Garbage
    allocator: Allocator
    classification: str
    """The most serious of the workers'."""
    workers: tuple[WorkerMemory, ...]
    range: ranges.RangeInfo
    unavailable: tuple[ranges.Unavailable, ...] = ()


@dataclass(frozen=True, slots=True)
class Readings:
    """What these answers are made of."""

    snapshot: snapshots.Snapshot
    """The range, merged."""
    steps: Sequence[snapshots.Snapshot]
    """The same in steps, for the trend; may be empty."""
    live: frozenset[str]
    """Workers that reported within the last 10 s and did not say that they leave."""
    introductions: Mapping[str, workers.Introduction]
    threshold_ratio: float


def size(count: float | None) -> Size | None:
    """Return bytes with their form for people; None for None."""
    return None if count is None else Size(int(count), units.formatted_bytes(int(count)))


def stats(readings: Readings, *, worker: str | None = None) -> MemoryStats:
    """Return memory over the range, of one worker or of all."""
    names = sorted({key[1] for key in readings.snapshot.gauges_of("memory.rss")})
    found = tuple(_worker(readings, name) for name in names if worker in (None, name))
    live = [each for each in found if each.live]
    counted = live or list(found)
    usage = max((each.usage for each in live), key=lambda each: each.usage_percent or 0.0, default=_no_usage(readings))
    current = _sum([each.current for each in live])
    return MemoryStats(
        current=current,
        average=_sum([each.average for each in counted]),
        peak=_sum([each.peak for each in counted]),
        peak_since_start=_sum_sizes([each.peak_since_start for each in counted]),
        usage_percent=usage.usage_percent,
        limit_kind=usage.limit_kind,
        usage=usage,
        gc=_collectors([each.gc for each in counted]),
        allocator=_free_of(
            current.heap_reserved,
            current.heap_used,
            _sum_known([each.allocator.allocated_blocks for each in live]),
        ),
        classification=growth.worst([each.classification for each in counted]),
        workers=found,
        range=ranges.range_info(readings.snapshot, _count(readings.snapshot, worker)),
        unavailable=_gaps(live, found),
    )


def _gaps(live: Sequence[WorkerMemory], found: Sequence[WorkerMemory]) -> tuple[ranges.Unavailable, ...]:
    if not live:
        fields = [f"current.{field}" for field in _LEVELS] + ["usage_percent", "allocator.allocated_blocks"]
        return tuple(ranges.Unavailable(field, _NOBODY_LIVE) for field in fields)
    reasons = {gap.field: gap.reason for each in reversed(found) for gap in each.unavailable}
    return tuple(ranges.Unavailable(field, reason) for field, reason in reasons.items())


def _count(snapshot: snapshots.Snapshot, worker: str | None) -> int:
    gauges = snapshot.gauges_of("memory.rss")
    return sum(gauge.count for key, gauge in gauges.items() if worker in (None, key[1]))


def _worker(readings: Readings, name: str) -> WorkerMemory:
    told = readings.introductions.get(name, workers.Introduction(name))
    gauges = readings.snapshot.gauges
    current = _levels(readings.snapshot, name, lambda gauge: gauge.last)
    peak_rss = gauges.get(("memory.peak_rss", name))
    usage = _usage(readings, name, told)
    missing = [field for field in _LEVELS if getattr(current, field) is None]
    unavailable = [
        ranges.Unavailable(f"current.{field}", told.reason(f"{field}_bytes", _NOT_REPORTED)) for field in missing
    ]
    if peak_rss is None:
        unavailable.append(ranges.Unavailable("peak_since_start", told.reason("peak_rss_bytes", _NOT_REPORTED)))
    if usage.usage_percent is None:
        unavailable.append(ranges.Unavailable("usage.usage_percent", told.reason("usage_ratio", _NOT_REPORTED)))
    return WorkerMemory(
        worker=name,
        pid=told.pid,
        live=name in readings.live,
        current=current,
        average=_levels(readings.snapshot, name, lambda gauge: gauge.mean),
        peak=_levels(readings.snapshot, name, lambda gauge: gauge.max),
        peak_since_start=size(peak_rss and peak_rss.max),
        usage=usage,
        gc=_garbage(readings.snapshot, name, told),
        allocator=_allocator(readings.snapshot, name, current),
        classification=growth.classify(readings.steps, name),
        unavailable=tuple(unavailable),
    )


def _levels(snapshot: snapshots.Snapshot, worker: str, value: Callable[[windows.Gauge], float]) -> Levels:
    found: dict[str, Size | None] = {}
    for field, kind in _LEVELS.items():
        gauge = snapshot.gauges.get((kind, worker))
        found[field] = None if gauge is None else size(value(gauge))
    return Levels(**found)


def _last(snapshot: snapshots.Snapshot, kind: str, worker: str) -> float | None:
    gauge = snapshot.gauges.get((kind, worker))
    return None if gauge is None else gauge.last


def _usage(readings: Readings, worker: str, told: workers.Introduction) -> Usage:
    ratio = _last(readings.snapshot, "memory.usage_ratio", worker)
    return Usage(
        usage_percent=measures.rounded(None if ratio is None else ratio * 100),
        usage=size(_last(readings.snapshot, "memory.usage", worker)),
        limit=size(_last(readings.snapshot, "memory.limit", worker)),
        limit_kind=told.limit_kind,
        threshold_percent=round(readings.threshold_ratio * 100, 3),
        over_threshold=ratio is not None and ratio >= readings.threshold_ratio,
    )


def _no_usage(readings: Readings) -> Usage:
    return Usage(None, None, None, None, round(readings.threshold_ratio * 100, 3), over_threshold=False)


def _garbage(snapshot: snapshots.Snapshot, worker: str, told: workers.Introduction) -> Garbage:
    pause = snapshot.gauges.get(("gc.pause_ms", worker))
    counts = [_last(snapshot, kind, worker) for kind in _COLLECTOR[1:]]
    collections, collected, uncollectable = (None if count is None else int(count) for count in counts)
    return Garbage(
        enabled=told.gc_enabled,
        thresholds=told.gc_thresholds,
        collections=collections,
        collected=collected,
        uncollectable=uncollectable,
        pause_ms=measures.rounded(pause and pause.sum),
        longest_pause_ms=measures.rounded(pause and pause.max),
    )


def _allocator(snapshot: snapshots.Snapshot, worker: str, current: Levels) -> Allocator:
    blocks = _last(snapshot, "memory.allocated_blocks", worker)
    return _free_of(current.heap_reserved, current.heap_used, None if blocks is None else int(blocks))


def _free_of(reserved: Size | None, used: Size | None, blocks: int | None) -> Allocator:
    if reserved is None or used is None:
        return Allocator(blocks, None, None)
    free = max(reserved.bytes - used.bytes, 0)
    return Allocator(blocks, size(free), measures.percent(free, reserved.bytes))


def _sum(levels: Sequence[Levels]) -> Levels:
    return Levels(**{field: _sum_sizes([getattr(each, field) for each in levels]) for field in _LEVELS})


def _sum_sizes(sizes: Iterable[Size | None]) -> Size | None:
    known = [each.bytes for each in sizes if each is not None]
    return size(sum(known)) if known else None


def _collectors(parts: Sequence[Garbage]) -> Garbage:
    return Garbage(
        enabled=all(part.enabled for part in parts) if parts and parts[0].enabled is not None else None,
        thresholds=parts[0].thresholds if parts else (),
        collections=_sum_known([part.collections for part in parts]),
        collected=_sum_known([part.collected for part in parts]),
        uncollectable=_sum_known([part.uncollectable for part in parts]),
        pause_ms=_measured(sum, [part.pause_ms for part in parts]),
        longest_pause_ms=_measured(max, [part.longest_pause_ms for part in parts]),
    )


def _sum_known(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _measured(together: Callable[[list[float]], float], values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return measures.rounded(together(known)) if known else None
