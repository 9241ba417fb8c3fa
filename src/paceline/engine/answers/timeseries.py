"""A metric over time, in equal steps."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from paceline import errors
from paceline.engine.answers import measures, paging, ranges
from paceline.engine.answers.requests import outcomes
from paceline.telemetry import settings as settings_
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.store import retention as retentions

MAX_POINTS = 1_000
_WANTED_POINTS = 120
"""Steps chosen by default: at most what a chart of ordinary width can show apart."""
_STEPS_S = (2, 10, 60, 300, 900, 1_800, 3_600, 6 * 3_600, 86_400, 7 * 86_400)


@dataclass(frozen=True, slots=True)
class Point:
    """One step."""

    at: str
    """Start of the step, RFC 3339."""
    at_ms: int
    value: float | None
    """None where nothing was measured; counts are 0 then."""
    n: int
    """Requests, statements or readings in the step."""


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """A metric over the range."""

    metric: str
    unit: str
    """count, ms, seconds, bytes, percent."""
    step_seconds: float
    worker: str | None
    route: str | None
    points: tuple[Point, ...]
    range: ranges.RangeInfo
    unavailable: tuple[ranges.Unavailable, ...] = ()


_Value = tuple[float | None, int]


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is read and computed."""

    unit: str
    kinds: tuple[str, ...]
    value: Callable[[snapshots.Snapshot, settings_.TelemetrySettings], _Value]
    by_route: bool = True
    """Whether it can be had for one route."""


def _count(kind: str) -> Metric:
    def value(step: snapshots.Snapshot, _: settings_.TelemetrySettings) -> _Value:
        count = sum(part.count for part in step.of_kind(kind).values())
        return count, count

    return Metric("count", (kind,), value)


def _quantile(kind: str, q: float) -> Metric:
    def value(step: snapshots.Snapshot, _: settings_.TelemetrySettings) -> _Value:
        whole = snapshots.merged(step.of_kind(kind).values())
        return measures.quantile_ms(whole, q), whole.count

    return Metric("ms", (kind,), value)


def _average(kind: str) -> Metric:
    def value(step: snapshots.Snapshot, _: settings_.TelemetrySettings) -> _Value:
        whole = snapshots.merged(step.of_kind(kind).values())
        return measures.average_ms(whole), whole.count

    return Metric("ms", (kind,), value)


def _errors(step: snapshots.Snapshot, settings: settings_.TelemetrySettings) -> _Value:
    requests = sum(part.count for part in step.of_kind(windows.REQUEST).values())
    return outcomes.errors(step, settings.error_status_from), requests


def _error_rate(step: snapshots.Snapshot, settings: settings_.TelemetrySettings) -> _Value:
    failed, requests = _errors(step, settings)
    return measures.percent(failed or 0, requests) if requests else None, requests


def _waiting(step: snapshots.Snapshot, _: settings_.TelemetrySettings) -> _Value:
    whole = snapshots.merged(step.of_kind(windows.REQUEST).values())
    return round(whole.sum / 1e9, 3), whole.count


def _statement_errors(step: snapshots.Snapshot, _: settings_.TelemetrySettings) -> _Value:
    ran = sum(part.count for part in step.of_kind(windows.STATEMENT).values())
    return sum(step.counters_of(windows.STATEMENT_ERRORS).values()), ran


def _gauge(kind: str, unit: str, together: Callable[[list[float]], float] = sum, factor: float = 1.0) -> Metric:
    """Return a level: the mean of each worker's readings, put together over the workers."""

    def value(step: snapshots.Snapshot, _: settings_.TelemetrySettings) -> _Value:
        gauges = list(step.gauges_of(kind).values())
        if not gauges:
            return None, 0
        level = together([gauge.mean for gauge in gauges]) * factor
        return measures.rounded(level, 0 if unit == "bytes" else 3), sum(gauge.count for gauge in gauges)

    return Metric(unit, (kind,), value, by_route=False)


METRICS: Mapping[str, Metric] = {
    "requests": _count(windows.REQUEST),
    "errors": Metric("count", (windows.REQUEST, windows.STATUS), _errors),
    "error_rate_percent": Metric("percent", (windows.REQUEST, windows.STATUS), _error_rate),
    "request_average_ms": _average(windows.REQUEST),
    "request_p50_ms": _quantile(windows.REQUEST, 0.5),
    "request_p95_ms": _quantile(windows.REQUEST, 0.95),
    "request_p99_ms": _quantile(windows.REQUEST, 0.99),
    "first_byte_p95_ms": _quantile(windows.FIRST_BYTE, 0.95),
    "waiting_seconds": Metric("seconds", (windows.REQUEST,), _waiting),
    "statements": _count(windows.STATEMENT),
    "statement_errors": Metric("count", (windows.STATEMENT, windows.STATEMENT_ERRORS), _statement_errors),
    "statement_average_ms": _average(windows.STATEMENT),
    "statement_p50_ms": _quantile(windows.STATEMENT, 0.5),
    "statement_p95_ms": _quantile(windows.STATEMENT, 0.95),
    "statement_p99_ms": _quantile(windows.STATEMENT, 0.99),
    "memory_rss_bytes": _gauge("memory.rss", "bytes"),
    "memory_heap_used_bytes": _gauge("memory.heap_used", "bytes"),
    "memory_heap_reserved_bytes": _gauge("memory.heap_reserved", "bytes"),
    "memory_usage_percent": _gauge("memory.usage_ratio", "percent", max, 100.0),
    "cpu_percent": _gauge("cpu.process_percent", "percent"),
    "host_cpu_percent": _gauge("cpu.host_percent", "percent", max),
    "throttled_ms": _gauge("cpu.throttled_ms", "ms", max),
    "gc_pause_ms": _gauge("gc.pause_ms", "ms", max),
    "descriptors": _gauge("descriptors.open", "count"),
    "threads": _gauge("threads", "count"),
}
"""Metrics by name. A level is the sum over workers, or the worst of them where a sum says nothing."""


def choose(metric: str, route: str | None) -> Metric:
    """Return the metric; UsageError when it is not known, or not known by route."""
    found = paging.choose(metric, METRICS, "metric")
    if route is not None and not found.by_route:
        raise errors.UsageError(f"metric {metric} is of a process, not of a route; leave route out")
    return found


def step_ms(wanted_s: float | None, range_ms: int, retention: retentions.Retention) -> int:
    """Return the step: the one that was asked for, or one that gives about 120 points the store can tell apart.

    Raises:
        errors.UsageError: the step is shorter than 2 s or gives more than 1000 points.
    """
    if wanted_s is None:
        least_s = max(range_ms / _WANTED_POINTS / 1_000, _resolution_s(range_ms, retention))
        return 1_000 * next((step for step in _STEPS_S if step >= least_s), _STEPS_S[-1])
    if not math.isfinite(wanted_s) or wanted_s < windows.INTERVAL_MS / 1_000:
        raise errors.UsageError(f"step_seconds={wanted_s:g} is too short; the finest grid is 2 s")
    step = math.ceil(wanted_s * 1_000)
    if range_ms / step > MAX_POINTS:
        raise errors.UsageError(f"step_seconds={wanted_s:g} gives more than {MAX_POINTS} points; take a longer step")
    return step


def _resolution_s(range_ms: int, retention: retentions.Retention) -> int:
    if range_ms > retention.minute_ms:
        return 3_600
    return 60 if range_ms > retention.fine_ms else 2


def series(
    steps: Sequence[snapshots.Snapshot],
    settings: settings_.TelemetrySettings,
    *,
    metric: str,
    worker: str | None = None,
    route: str | None = None,
) -> TimeSeries:
    """Return the metric over the steps (at least one)."""
    wanted = choose(metric, route)
    shown = steps if route is None else [of_route(step, route) for step in steps]
    points = tuple(_point(step, *wanted.value(step, settings)) for step in shown)
    return TimeSeries(
        metric=metric,
        unit=wanted.unit,
        step_seconds=round(steps[0].seconds, 3),
        worker=worker,
        route=route,
        points=points,
        range=ranges.range_info(ranges.combined(steps), sum(point.n for point in points)),
    )


def _point(step: snapshots.Snapshot, value: float | None, n: int) -> Point:
    return Point(ranges.rfc3339(step.since_ms), step.since_ms, value, n)


def of_route(step: snapshots.Snapshot, route: str) -> snapshots.Snapshot:
    """Return what belongs to a route: `/items/{id}` in all methods, or `GET /items/{id}`."""

    def belongs(key: windows.Key) -> bool:
        if key[0].startswith(windows.STATEMENT):
            return len(key) > 2 and route in (key[2], key[2].partition(" ")[2])
        return len(key) > 2 and route in (key[2], f"{key[1]} {key[2]}")

    return dataclasses.replace(
        step,
        distributions={key: part for key, part in step.distributions.items() if belongs(key)},
        counters={key: count for key, count in step.counters.items() if belongs(key)},
    )
