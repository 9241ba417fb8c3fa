"""Numbers and names as they stand in a table: short, right for the eye, and nothing a terminal could obey."""

from __future__ import annotations

import math
import re

NOTHING = "-"
"""Stands where there is no number."""

_LONG_SELECT = re.compile(r"\b(SELECT)\s.{9,}?\s(FROM)\b", re.IGNORECASE)
_THOUSANDS = ("", "k", "M", "G")


def count(value: float) -> str:
    """Return a count in at most five characters: `0`, `842`, `12.3k`, `1.2M`."""
    step = 0
    while value >= 999.95 and step < len(_THOUSANDS) - 1:
        value /= 1_000
        step += 1
    return f"{value:.0f}" if step == 0 else f"{value:.1f}{_THOUSANDS[step]}"


def rate(value: float) -> str:
    """Return a rate in at most five characters: `0.25`, `40.1`, `842`, `12.3k`."""
    if value >= 99.95:
        return count(value)
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def milliseconds(value: float | None) -> str:
    """Return milliseconds without their unit in at most six characters: `0.42`, `4.2`, `842`, `12345`, `125 s`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value < 0.995:
        return f"{value:.2f}"
    if value < 9.95:
        return f"{value:.1f}"
    return f"{value:.0f}" if value < 99_999.5 else f"{value / 1_000:.0f} s"


def percent(value: float | None) -> str:
    """Return percents without the sign: `0`, `0.4`, `38`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value == 0 or value >= 9.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.05 else "<0.1"


def line(text: str) -> str:
    """Return a text on one line; what is not printable becomes a blank, so that no name can steer the terminal."""
    return " ".join("".join(part if part.isprintable() else " " for part in text).split())


def statement(text: str | None, fingerprint: str) -> str:
    """Return a normalised statement on one line, a long select list cut to what tells statements apart."""
    if text is None:
        return f"({line(fingerprint)[:16]}: its text is gone)"
    return _LONG_SELECT.sub(r"\1 … \2", line(text), count=1)
