"""From distributions in nanoseconds to numbers as people read them; nothing here divides by zero.

Milliseconds and percents are rounded to three decimals: a microsecond, far below what a histogram resolves. Without
values a count is 0, a share is 0, and an average or percentile is None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from paceline.telemetry import histogram
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows

_NS_PER_MS = 1_000_000
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Durations:
    """Average, percentiles and maximum of a distribution; all None when it is empty."""

    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None


def ms(nanoseconds: float) -> float:
    """Return nanoseconds as milliseconds."""
    return round(nanoseconds / _NS_PER_MS, _DECIMALS)


def average_ms(values: snapshots.Distribution) -> float | None:
    """Return the exact average; None when empty. Decodes nothing."""
    return ms(values.mean) if values.count else None


def max_ms(values: snapshots.Distribution) -> float | None:
    """Return the exact maximum; None when empty. Decodes nothing."""
    return ms(values.max) if values.count else None


def quantile_ms(values: snapshots.Distribution, q: float) -> float | None:
    """Return one quantile; None when empty."""
    return ms(values.histogram.quantile(q)) if values.count else None


def durations(values: snapshots.Distribution) -> Durations:
    """Return all five; decodes the histogram."""
    if not values.count:
        return Durations(None, None, None, None, None)
    p50, p95, p99 = values.histogram.quantiles((0.5, 0.95, 0.99))
    return Durations(ms(values.mean), ms(p50), ms(p95), ms(p99), ms(values.max))


def count_over(values: snapshots.Distribution, threshold_ms: float) -> int:
    """Return how many took longer than the threshold as it is now: the past is judged anew when it changes."""
    threshold_ns = int(threshold_ms * _NS_PER_MS)
    if values.max <= threshold_ns:
        return 0  # the usual case, and it decodes nothing
    return values.histogram.count_above(threshold_ns)


def percent(part: float, whole: float) -> float:
    """Return a share in percent; 0.0 of nothing."""
    return round(part * 100 / whole, _DECIMALS) if whole > 0 else 0.0


def share_percent(part: float, whole: float) -> float:
    """Return a share that is at most 100: statements that run side by side take longer than their request."""
    return min(percent(part, whole), 100.0)


def per_second(count: float, seconds: float) -> float:
    """Return a rate; 0.0 over no time."""
    return round(count / seconds, _DECIMALS) if seconds > 0 else 0.0


def rounded(value: float | None, decimals: int = _DECIMALS) -> float | None:
    """Return a reading for people; None for one that is missing or no number."""
    return None if value is None or not math.isfinite(value) else round(value, decimals)


def together(parts: Iterable[snapshots.Distribution]) -> snapshots.Distribution:
    """Return several distributions as one; each part is decoded once and keeps its buckets for whoever asks next."""
    buckets = histogram.Histogram()
    for part in parts:
        buckets.merge(part.histogram)
    whole = snapshots.Distribution()
    whole.add(windows.Tally.of(buckets))
    return whole


def _quantile(q: float) -> Callable[[snapshots.Distribution], float]:
    return lambda values: values.histogram.quantile(q)


SORTS: Mapping[str, Callable[[snapshots.Distribution], float]] = {
    "share": lambda values: values.sum,
    "total": lambda values: values.sum,
    "count": lambda values: values.count,
    "average": lambda values: values.mean,
    "max": lambda values: values.max,
    "p50": _quantile(0.5),
    "p95": _quantile(0.95),
    "p99": _quantile(0.99),
}
"""Sort orders by name. Percentiles decode every row of the list, the others none."""
