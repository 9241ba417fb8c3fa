"""The live view: the last minute, small enough to be sent every 2 s."""

from __future__ import annotations

from dataclasses import dataclass

from paceline.engine.answers import ranges


@dataclass(frozen=True, slots=True)
class LiveTiles:
    """The last minute in numbers."""

    requests_per_second: float
    error_rate_percent: float
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    statements_per_second: float
    statement_p95_ms: float | None
    waiting_seconds_per_hour: float
    memory_rss_bytes: int | None
    """Of all workers that reported within the last 10 s."""
    memory_usage_percent: float | None
    cpu_percent: float | None
    workers: int


@dataclass(frozen=True, slots=True)
class LivePoint:
    """One window of 2 s, over all workers."""

    at_ms: int
    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    statements: int
    waiting_ms: float


@dataclass(frozen=True, slots=True)
class LiveEndpoint:
    """An endpoint by what users waited for it in the last minute."""

    endpoint: str
    method: str
    count: int
    average_ms: float | None
    p95_ms: float | None
    share_percent: float


@dataclass(frozen=True, slots=True)
class LiveStatement:
    """A statement by its share of waiting in the last minute."""

    fingerprint: str
    statement: str | None
    count: int
    average_ms: float | None
    p95_ms: float | None
    share_percent: float


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """One frame; hand its `cursor` in again for the points that follow."""

    cursor: int
    """UTC epoch milliseconds up to which windows are complete."""
    at: str
    tiles: LiveTiles
    points: tuple[LivePoint, ...]
    """Windows that begin at or after the cursor that was handed in, at most the last minute's."""
    endpoints: tuple[LiveEndpoint, ...]
    statements: tuple[LiveStatement, ...]
    range: ranges.RangeInfo
