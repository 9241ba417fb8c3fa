"""The overview: database, api, memory, system, health and our own cost on one page."""

from __future__ import annotations

from dataclasses import dataclass

from paceline.engine.answers import health, memory, ranges


@dataclass(frozen=True, slots=True)
class DatabaseSummary:
    """Statements of the range, in short (see `statements.DatabaseStats`)."""

    total_statements: int
    slow_statements: int
    statements_per_second: float
    average_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    share_percent: float
    error_rate_percent: float


@dataclass(frozen=True, slots=True)
class ApiSummary:
    """Requests of the range, in short (see `endpoints.ApiStats`)."""

    total_requests: int
    slow_requests: int
    over_objective_requests: int
    requests_per_second: float
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    error_rate_percent: float
    server_error_rate_percent: float
    client_error_rate_percent: float
    apdex: float | None
    waiting_seconds_per_hour: float


@dataclass(frozen=True, slots=True)
class MemorySummary:
    """Memory of the live workers, in short (see `memory.MemoryStats`)."""

    rss: memory.Size | None
    peak_rss: memory.Size | None
    """Highest in the range."""
    usage_percent: float | None
    limit: memory.Size | None
    limit_kind: str | None
    over_threshold: bool
    classification: str


@dataclass(frozen=True, slots=True)
class WorkerSystem:
    """One process that reported in the range."""

    worker: str
    pid: int | None
    live: bool
    uptime_seconds: float | None
    python_version: str | None
    cpu_percent: float | None
    """Over the last minute; 100 is one core."""
    throttled_ms: float | None
    """Held back by the container's CPU limit, over the range."""
    descriptors: int | None
    threads: int | None


@dataclass(frozen=True, slots=True)
class PressurePercents:
    """Share of the last 10 s in which something waited for a resource."""

    cpu_percent: float | None
    memory_percent: float | None
    io_percent: float | None


@dataclass(frozen=True, slots=True)
class SystemSummary:
    """The service's processes and the machine under them."""

    service_uptime_seconds: float | None
    """Age of the oldest live worker."""
    workers: tuple[WorkerSystem, ...]
    python_version: str
    implementation: str
    platform: str
    version: str | None
    """Of the service."""
    environment: str | None
    cores: int | None
    cpu_percent: float | None
    """Of all live workers together over the last minute; 100 is one core."""
    host_cpu_percent: float | None
    cpu_limit_cores: float | None
    """None where no container limits the CPU."""
    throttled_ms: float | None
    """Worst worker's, over the range."""
    load_average: tuple[float, float, float] | None
    pressure: PressurePercents | None
    group_pressure: PressurePercents | None
    """Of the container."""
    disk_free: memory.Size | None
    """Where the store is; the root without a file."""
    disk_total: memory.Size | None
    disk_free_percent: float | None
    descriptors: int | None
    """Of all live workers."""
    descriptor_limit: int | None
    """Per process."""
    host_uptime_seconds: float | None


@dataclass(frozen=True, slots=True)
class OwnCost:
    """What paceline itself costs the service."""

    cpu_percent: float | None
    """Of one core, over all workers; None without readings."""
    ns_per_request: float | None
    """Measured folding and flushing, plus the probe's share in the request itself; None without requests."""
    measured_ns_per_request: float | None
    """What was measured: folding, flushing, gauges."""
    probe_ns_per_request: float | None
    """What cannot be measured without costing as much itself: taken from the benchmarks, by requests and statements."""
    per: str
    """What the numbers refer to, in words."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at a glance."""

    service: str
    database: DatabaseSummary
    api: ApiSummary
    memory: MemorySummary
    system: SystemSummary
    health: health.Health
    own_cost: OwnCost
    range: ranges.RangeInfo
    unavailable: tuple[ranges.Unavailable, ...] = ()
