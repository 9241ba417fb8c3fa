"""The overview: database, api, memory, system, health and our own cost on one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paceline.engine.answers import health as health_
from paceline.engine.answers import ranges
from paceline.engine.answers.processes import memory as memory_
from paceline.engine.answers.processes import system as system_
from paceline.engine.answers.processes import workers
from paceline.engine.answers.requests import endpoints, statements
from paceline.observe import cpu, host
from paceline.telemetry import settings as settings_
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows

# A field that is named like a module would hide it from whoever resolves annotations, hence the underscores.

KINDS = tuple(dict.fromkeys((*endpoints.KINDS, *statements.KINDS, *memory_.KINDS, *system_.KINDS, windows.OWN_COST)))
"""What has to be read for the overview."""

PROBE_NS_PER_REQUEST = 4_400
PROBE_NS_PER_STATEMENT = 2_300
"""What the probe takes inside a request, as `make bench` measured it in a real application; folding comes on top.

Only for ranges whose workers did not measure it themselves.
"""
MEASURED_HERE = "measured_here"
FROM_BENCHMARK = "benchmark"


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
    """Memory of the live workers, in short (see `memory_.MemoryStats`)."""

    rss: memory_.Size | None
    peak_rss: memory_.Size | None
    """Highest in the range."""
    usage_percent: float | None
    limit: memory_.Size | None
    limit_kind: str | None
    over_threshold: bool
    classification: str


@dataclass(frozen=True, slots=True)
class OwnCost:
    """What paceline itself costs the service."""

    cpu_percent: float | None
    """Of one core, per worker while it lived; None without readings."""
    ns_per_request: float | None
    """Measured folding and flushing, plus the probe's share in the request itself; None without requests."""
    measured_ns_per_request: float | None
    """What was measured: folding, flushing, gauges."""
    probe_ns_per_request: float | None
    """What the probe takes within requests, reckoned: counts of requests and statements by the price of each."""
    probe_source: str
    """Who told the prices: measured_here (the workers, at their start) or benchmark (of another machine)."""
    per: str
    """What the numbers refer to, in words."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at a glance."""

    service: str
    database: DatabaseSummary
    api: ApiSummary
    memory: MemorySummary
    system: system_.SystemSummary
    health: health_.Health
    own_cost: OwnCost
    range: ranges.RangeInfo
    unavailable: tuple[ranges.Unavailable, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """What the overview is made of."""

    service: str
    snapshot: snapshots.Snapshot
    """The last hour."""
    memory: memory_.MemoryStats
    health: health_.Health
    live: frozenset[str]
    introductions: Mapping[str, workers.Introduction]
    machine: host.HostReading
    processor: cpu.CpuReading
    recent: snapshots.Snapshot
    """The last minute."""
    now_ms: int


def build(material: Material, settings: settings_.TelemetrySettings) -> Overview:
    """Return the overview."""
    snapshot = material.snapshot
    api = endpoints.stats(snapshot, settings)
    database = statements.stats(snapshot, settings)
    surroundings = system_.Surroundings(
        machine=material.machine,
        processor=material.processor,
        snapshot=snapshot,
        recent=material.recent,
        live=material.live,
        introductions=material.introductions,
        now_ms=material.now_ms,
    )
    summary = system_.summary(surroundings)
    own_cost = cost(snapshot, summary.service_uptime_seconds, material.introductions)
    return Overview(
        service=material.service,
        database=_database(database),
        api=_api(api),
        memory=_memory(material.memory),
        system=summary,
        health=material.health,
        own_cost=own_cost,
        range=api.range,
        unavailable=(
            *(ranges.Unavailable(f"memory.{gap.field}", gap.reason) for gap in material.memory.unavailable),
            *system_.gaps(surroundings, summary),
            *_cost_gaps(own_cost),
        ),
    )


def _database(stats: statements.DatabaseStats) -> DatabaseSummary:
    return DatabaseSummary(
        total_statements=stats.total_statements,
        slow_statements=stats.slow_statements,
        statements_per_second=stats.statements_per_second,
        average_ms=stats.average_ms,
        p95_ms=stats.p95_ms,
        p99_ms=stats.p99_ms,
        share_percent=stats.share_percent,
        error_rate_percent=stats.error_rate_percent,
    )


def _api(stats: endpoints.ApiStats) -> ApiSummary:
    return ApiSummary(
        total_requests=stats.total_requests,
        slow_requests=stats.slow_requests,
        over_objective_requests=stats.over_objective_requests,
        requests_per_second=stats.requests_per_second,
        average_ms=stats.average_ms,
        p50_ms=stats.p50_ms,
        p95_ms=stats.p95_ms,
        p99_ms=stats.p99_ms,
        error_rate_percent=stats.error_rate_percent,
        server_error_rate_percent=stats.server_error_rate_percent,
        client_error_rate_percent=stats.client_error_rate_percent,
        apdex=stats.apdex,
        waiting_seconds_per_hour=stats.waiting_seconds_per_hour,
    )


def _memory(stats: memory_.MemoryStats) -> MemorySummary:
    return MemorySummary(
        rss=stats.current.rss,
        peak_rss=stats.peak.rss,
        usage_percent=stats.usage_percent,
        limit=stats.usage.limit,
        limit_kind=stats.limit_kind,
        over_threshold=stats.usage.over_threshold,
        classification=stats.classification,
    )


def cost(
    snapshot: snapshots.Snapshot, uptime_s: float | None, introductions: Mapping[str, workers.Introduction]
) -> OwnCost:
    """Return our own cost over the time that workers lived in the range."""
    requests = sum(part.count for part in snapshot.of_kind(windows.REQUEST).values())
    ran = sum(part.count for part in snapshot.of_kind(windows.STATEMENT).values())
    measured_ns = snapshot.counters.get((windows.OWN_COST, "cpu"))
    request_ns, statement_ns, source = _prices(introductions)
    probe_ns = requests * request_ns + ran * statement_ns
    seconds = _lived_seconds(snapshot) or uptime_s or snapshot.seconds
    return OwnCost(
        cpu_percent=None if measured_ns is None or not seconds else _percent(measured_ns + probe_ns, seconds),
        ns_per_request=None if measured_ns is None else _each(measured_ns + probe_ns, requests),
        measured_ns_per_request=None if measured_ns is None else _each(measured_ns, requests),
        probe_ns_per_request=_each(probe_ns, requests),
        probe_source=source,
        per="CPU time of a worker while it lived; 100 percent is one core",
    )


def _prices(introductions: Mapping[str, workers.Introduction]) -> tuple[float, float, str]:
    """Return what the probe takes of a request and of a statement, on average over the workers, and who says so."""
    told = [
        (each.probe_ns_per_request, each.probe_ns_per_statement)
        for each in introductions.values()
        if each.probe_ns_per_request is not None and each.probe_ns_per_statement is not None
    ]
    if not told:
        return PROBE_NS_PER_REQUEST, PROBE_NS_PER_STATEMENT, FROM_BENCHMARK
    requests, statements_ = zip(*told, strict=True)
    return sum(requests) / len(told), sum(statements_) / len(told), MEASURED_HERE


def _lived_seconds(snapshot: snapshots.Snapshot) -> float:
    """Return how long the workers of the range lived, summed: each reads its memory once per flush, every 2 s."""
    readings = sum(gauge.count for key, gauge in snapshot.gauges.items() if key[0] == "memory.rss")
    return readings * windows.INTERVAL_MS / 1_000


def _percent(nanoseconds: float, seconds: float) -> float:
    return round(nanoseconds / 1e9 / seconds * 100, 4)


def _each(nanoseconds: float, requests: int) -> float | None:
    return round(nanoseconds / requests, 1) if requests else None


def _cost_gaps(found: OwnCost) -> list[ranges.Unavailable]:
    if found.cpu_percent is None:
        return [ranges.Unavailable("own_cost.cpu_percent", "no worker reported its cost in the range")]
    if found.ns_per_request is None:
        return [ranges.Unavailable("own_cost.ns_per_request", "no requests in the range")]
    return []
