"""Memory: now, on average and at its peak, worker by worker and together."""

from __future__ import annotations

from dataclasses import dataclass

from paceline.engine.answers import ranges


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
    """Whether it reported within the last 10 s; `current` is its last reading otherwise."""
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
