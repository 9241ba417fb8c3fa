"""Numbers as people read them: bytes in steps of 1024, durations in the unit that fits."""

from __future__ import annotations

import math

_BYTE_UNITS = ("KB", "MB", "GB", "TB", "PB", "EB")
_MINUTE_MS = 60_000.0
_HOUR_MS = 60 * _MINUTE_MS


def formatted_bytes(count: int) -> str:
    """Return bytes as `512 B`, `1.5 KB` or `83.2 MB`, 1024-based; a negative count keeps its sign."""
    sign = "-" if count < 0 else ""
    size = abs(count)
    if size < 1024:
        return f"{sign}{size} B"
    # In tenths of the unit, so that what would print as 1024.0 KB already counts as 1.0 MB.
    unit = 0
    while unit < len(_BYTE_UNITS) - 1 and _tenths(size, unit) >= 10_240:
        unit += 1
    tenths = _tenths(size, unit)
    return f"{sign}{tenths // 10}.{tenths % 10} {_BYTE_UNITS[unit]}"


def formatted_ms(ms: float) -> str:
    """Return milliseconds as `0.42 ms`, `4.2 ms`, `842 ms`, `1.5 s`, `2 min 5 s` or `1 h 12 min`.

    A negative duration keeps its sign; what is not a number is `-`.
    """
    if not math.isfinite(ms):
        return "-"
    return f"-{_formatted_duration(-ms)}" if ms < 0 else _formatted_duration(ms)


def _tenths(size: int, unit: int) -> int:
    """Return `size` in tenths of a unit, rounded half up in integers: exact at any size."""
    scale = 1 << (10 * (unit + 1))
    return (size * 10 + scale // 2) // scale


def _formatted_duration(ms: float) -> str:
    # Each limit is where the next smaller form would round up to its own ceiling.
    if ms < 0.995:
        return f"{ms:.2f} ms"
    if ms < 9.95:
        return f"{ms:.1f} ms"
    if ms < 999.5:
        return f"{ms:.0f} ms"
    if ms < _MINUTE_MS - 50:
        return f"{ms / 1_000:.1f} s"
    if ms < _HOUR_MS - 500:
        minutes, seconds = divmod(round(ms / 1_000), 60)
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(round(ms / _MINUTE_MS), 60)
    return f"{hours} h {minutes} min"
