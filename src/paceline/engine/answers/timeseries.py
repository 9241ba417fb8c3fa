"""A metric over time, in equal steps."""

from __future__ import annotations

from dataclasses import dataclass

from paceline.engine.answers import ranges


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
