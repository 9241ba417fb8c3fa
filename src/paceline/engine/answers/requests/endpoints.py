"""Requests: all of them together, and endpoint by endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paceline.engine.answers import measures, paging, ranges
from paceline.engine.answers.requests import outcomes
from paceline.telemetry import settings as settings_
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows

KINDS = (
    windows.REQUEST,
    windows.STATUS,
    windows.BYTES_IN,
    windows.BYTES_OUT,
    windows.FOLDED,
    windows.DROPPED,
)
"""What has to be read for these answers."""

_Endpoint = tuple[tuple[str, str], snapshots.Distribution]


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One endpoint (method and route template) in the range; averages and percentiles are None without requests."""

    endpoint: str
    """Route template; `<unmatched>` for paths without one, `<other>` beyond the cap of keys."""
    method: str
    count: int
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    total_ms: float
    """What users waited for it together."""
    share_percent: float
    """Of all waiting in the range."""
    slow_requests: int
    over_objective_requests: int
    """Longer than the endpoint's own objective, as it is now."""
    objective_p95_ms: float
    """Of this endpoint: its own of `objectives`, else that of all."""
    error_rate_percent: float


@dataclass(frozen=True, slots=True)
class ApiStats:
    """All requests of the range; rates follow the currency rules (see `outcomes`)."""

    total_requests: int
    slow_requests: int
    """Longer than `slow_response_ms`, as it is now."""
    over_objective_requests: int
    """Longer than their endpoint's objective, as it is now."""
    slow_response_ms: float
    objective_p95_ms: float
    """Of all endpoints that have none of their own."""
    requests_per_second: float
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    waiting_seconds: float
    """What users waited in the range."""
    waiting_seconds_per_hour: float
    error_rate_percent: float
    server_error_rate_percent: float
    client_error_rate_percent: float
    status_codes: Mapping[str, int]
    """Requests by exact status, by class ("5xx") for keys with more than 16, and "none"."""
    outcomes: Mapping[str, int]
    """Requests by outcome; all six are there."""
    apdex: float | None
    """0 to 1 with T = objective; None without samples."""
    bytes_in: int
    bytes_out: int
    slowest_endpoints: tuple[EndpointRow, ...]
    range: ranges.RangeInfo
    unavailable: tuple[ranges.Unavailable, ...] = ()


def stats(
    snapshot: snapshots.Snapshot, settings: settings_.TelemetrySettings, *, top: int = 10, sort: str = "share"
) -> ApiStats:
    """Return all requests of the range and the `top` slowest endpoints.

    Raises:
        errors.UsageError: `top` is not 1 to 1000, or `sort` is not known.
    """
    slowest = page(snapshot, settings, limit=top, sort=sort).rows
    whole = measures.together(snapshot.of_kind(windows.REQUEST).values())
    all_durations = measures.durations(whole)
    rates = outcomes.rates(snapshot, settings.error_status_from)
    waiting_s = whole.sum / 1e9
    return ApiStats(
        total_requests=whole.count,
        slow_requests=measures.count_over(whole, settings.slow_response_ms),
        over_objective_requests=_over_objective(snapshot, settings, whole),
        slow_response_ms=settings.slow_response_ms,
        objective_p95_ms=settings.objective_p95_ms,
        requests_per_second=measures.per_second(whole.count, snapshot.seconds),
        average_ms=all_durations.average_ms,
        p50_ms=all_durations.p50_ms,
        p95_ms=all_durations.p95_ms,
        p99_ms=all_durations.p99_ms,
        max_ms=all_durations.max_ms,
        waiting_seconds=round(waiting_s, 3),
        waiting_seconds_per_hour=measures.per_second(waiting_s * 3_600, snapshot.seconds),
        error_rate_percent=rates.error_rate_percent,
        server_error_rate_percent=rates.server_error_rate_percent,
        client_error_rate_percent=rates.client_error_rate_percent,
        status_codes=outcomes.status_codes(snapshot),
        outcomes=outcomes.by_outcome(snapshot),
        apdex=outcomes.apdex(snapshot, lambda method, route: settings_.objective_ms(settings, method, route)),
        bytes_in=sum(snapshot.counters_of(windows.BYTES_IN).values()),
        bytes_out=sum(snapshot.counters_of(windows.BYTES_OUT).values()),
        slowest_endpoints=slowest,
        range=ranges.range_info(snapshot, whole.count),
    )


def page(
    snapshot: snapshots.Snapshot,
    settings: settings_.TelemetrySettings,
    *,
    limit: int,
    sort: str = "share",
    cursor: str | None = None,
) -> ranges.Page[EndpointRow]:
    """Return endpoints, those users waited for most first.

    Raises:
        errors.UsageError: a limit, sort or cursor that cannot be.
    """
    groups = by_endpoint(snapshot)
    waiting_ns = sum(part.sum for part in groups.values())
    value = paging.choose(sort, measures.SORTS)
    order: paging.Order[_Endpoint] = paging.Order(
        f"endpoint.{sort}", lambda item: value(item[1]), lambda item: " ".join(item[0])
    )
    found = paging.cut(groups.items(), order, limit=limit, cursor=cursor)
    failed = outcomes.errors_by_endpoint(snapshot, settings.error_status_from)
    rows = tuple(_row(item, settings, waiting_ns=waiting_ns, failed=failed.get(item[0], 0)) for item in found.items)
    requests = sum(part.count for part in groups.values())
    return ranges.Page(rows, found.next_cursor, found.total, ranges.range_info(snapshot, requests))


def by_endpoint(snapshot: snapshots.Snapshot) -> dict[tuple[str, str], snapshots.Distribution]:
    """Return the requests by (method, route), outcomes together."""
    groups: dict[tuple[str, str], snapshots.Distribution] = {}
    for key, part in snapshot.of_kind(windows.REQUEST).items():
        groups.setdefault((key[1], key[2]), snapshots.Distribution()).include(part)
    return groups


def _over_objective(
    snapshot: snapshots.Snapshot, settings: settings_.TelemetrySettings, whole: snapshots.Distribution
) -> int:
    if not settings.objectives:
        return measures.count_over(whole, settings.objective_p95_ms)
    return sum(
        measures.count_over(values, settings_.objective_ms(settings, *endpoint))
        for endpoint, values in by_endpoint(snapshot).items()
    )


def _row(item: _Endpoint, settings: settings_.TelemetrySettings, *, waiting_ns: int, failed: int) -> EndpointRow:
    (method, route), values = item
    spread = measures.durations(values)
    objective_ms = settings_.objective_ms(settings, method, route)
    return EndpointRow(
        endpoint=route,
        method=method,
        count=values.count,
        average_ms=spread.average_ms,
        p50_ms=spread.p50_ms,
        p95_ms=spread.p95_ms,
        p99_ms=spread.p99_ms,
        max_ms=spread.max_ms,
        total_ms=measures.ms(values.sum),
        share_percent=measures.percent(values.sum, waiting_ns),
        slow_requests=measures.count_over(values, settings.slow_response_ms),
        over_objective_requests=measures.count_over(values, objective_ms),
        objective_p95_ms=objective_ms,
        error_rate_percent=measures.percent(failed, values.count),
    )
