"""Which time a question is about: `15m`, `24h`, `2d`, a moment in RFC 3339, or UTC epoch milliseconds.

A span counts back from now. Every range ends now; what lies before the store's oldest rows is simply empty.
"""

from __future__ import annotations

import datetime as dt
import re

from paceline import errors

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_SPAN = re.compile(r"([0-9]{1,9})([smhdw])")
_EPOCH = re.compile(r"[0-9]{12,15}")

LONGEST_MS = 10 * 366 * 86_400_000
"""Ten years: the store keeps 13 months by default, and a larger number is a slip of the pen."""

_FORMS = "write it like 15m, 24h, 2d or 2026-01-31T12:00:00Z"


def start_ms(since: str | int, now_ms: int) -> int:
    """Return the first moment of the range in UTC epoch milliseconds.

    Args:
        since: a span (units s, m, h, d, w), an RFC 3339 moment with its offset, or UTC epoch milliseconds.
        now_ms: the end of the range.

    Raises:
        errors.UsageError: it is none of these, not before now, or more than ten years ago.
    """
    found = _moment_ms(since, now_ms)
    if found >= now_ms:
        raise errors.UsageError(f"since={_shown(since)} is not before now; {_FORMS}")
    if found < now_ms - LONGEST_MS:
        raise errors.UsageError(f"since={_shown(since)} is more than ten years ago; {_FORMS}")
    return found


def _moment_ms(since: str | int, now_ms: int) -> int:
    text = str(since).strip()
    if isinstance(since, bool):
        raise errors.UsageError(f"since={text} is not a time; {_FORMS}")
    if isinstance(since, int) or _EPOCH.fullmatch(text):
        return int(since)
    span = _SPAN.fullmatch(text)
    if span:
        return now_ms - int(span[1]) * _UNITS_MS[span[2]]
    try:
        moment = dt.datetime.fromisoformat(text)
        # A bare date or a local time would mean another moment on every machine.
        if moment.tzinfo is None:
            raise errors.UsageError(f"since={_shown(since)} lacks its offset from UTC; {_FORMS}")
        return int(moment.timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise errors.UsageError(f"since={_shown(since)} is not a time; {_FORMS}") from None


def _shown(since: str | int) -> str:
    """Return the input cut short, so that a message stays one line whatever was sent."""
    return repr(str(since)[:40])
