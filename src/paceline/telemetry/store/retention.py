"""How long the store keeps what: one value, written by users as `2s:1h 1m:48h 1h:13mo`.

Each pair is a grid and the age at which its rows go. A month counts 31 days and a year 366, so that nothing goes early.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from paceline import errors
from paceline.telemetry import window

FINE_MS = window.INTERVAL_MS
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

_UNITS_MS = {
    "s": 1_000,
    "m": MINUTE_MS,
    "h": HOUR_MS,
    "d": DAY_MS,
    "w": 7 * DAY_MS,
    "mo": 31 * DAY_MS,
    "y": 366 * DAY_MS,
}
_SPAN = re.compile(r"(\d{1,6})(mo|[smhdwy])")
_LEAST_MS = {FINE_MS: 2 * MINUTE_MS, MINUTE_MS: 2 * HOUR_MS, HOUR_MS: DAY_MS}
_EXAMPLE = "write it like '2s:1h 1m:48h 1h:13mo'"


@dataclass(frozen=True, slots=True)
class Retention:
    """Ages in milliseconds after which rows of each grid go, and how much of the rest is kept."""

    fine_ms: int = HOUR_MS
    minute_ms: int = 48 * HOUR_MS
    hour_ms: int = 13 * 31 * DAY_MS
    events: int = 1_000
    """Events kept of each kind."""
    traces: int = 2_000
    trace_bytes: int = 50 * 1024 * 1024
    trace_ms: int = 48 * HOUR_MS
    control_ms: int = DAY_MS
    """Age of commands, answers and jobs."""
    jobs: int = 1_000

    @classmethod
    def parse(cls, text: str) -> Retention:
        """Return the retention that `text` says; SettingsError names what is wrong with it."""
        ages: dict[int, int] = {}
        for pair in text.split():
            grid, separator, age = pair.partition(":")
            if not separator:
                raise errors.SettingsError(f"retention: {pair!r} is not grid:age; {_EXAMPLE}")
            ages[_span_ms(grid)] = _span_ms(age)
        if set(ages) != set(_LEAST_MS):
            raise errors.SettingsError(f"retention: {text!r} must name the grids 2s, 1m and 1h; {_EXAMPLE}")
        for grid_ms, least_ms in _LEAST_MS.items():
            if ages[grid_ms] < least_ms:
                raise errors.SettingsError(
                    f"retention: rows of {grid_ms // 1_000} s must be kept for at least {least_ms // MINUTE_MS} minutes"
                )
        if not ages[FINE_MS] <= ages[MINUTE_MS] <= ages[HOUR_MS]:
            raise errors.SettingsError(f"retention: {text!r} keeps finer rows longer than coarser ones; {_EXAMPLE}")
        return cls(ages[FINE_MS], ages[MINUTE_MS], ages[HOUR_MS])

    def __str__(self) -> str:
        """Return the ages as `parse` takes them."""
        ages = {FINE_MS: self.fine_ms, MINUTE_MS: self.minute_ms, HOUR_MS: self.hour_ms}
        return " ".join(f"{_span(grid_ms)}:{_span(age_ms)}" for grid_ms, age_ms in ages.items())


DEFAULT = Retention()
IN_MEMORY = Retention(
    10 * MINUTE_MS, 2 * HOUR_MS, 2 * DAY_MS, events=200, traces=100, trace_bytes=1024 * 1024, trace_ms=HOUR_MS
)
"""What a store without a file keeps: the last minutes finely, two days by the hour."""


def _span(ms: int) -> str:
    """Return a span in the largest of the units y, mo, h, m and s that has no remainder."""
    unit = next(unit for unit in ("y", "mo", "h", "m", "s") if ms % _UNITS_MS[unit] == 0)
    return f"{ms // _UNITS_MS[unit]}{unit}"


def _span_ms(text: str) -> int:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise errors.SettingsError(f"retention: {text!r} is not a time span (units s m h d w mo y); {_EXAMPLE}")
    return int(match[1]) * _UNITS_MS[match[2]]
