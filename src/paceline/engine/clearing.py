"""Clearing metrics: in the store at once, in the workers when they next flush."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paceline.engine.answers import ranges

CLEARED = "cleared"
PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was cleared, and in which workers."""

    what: str
    """all, statements, requests or memory."""
    at: str
    """RFC 3339: nothing measured before this is left."""
    rows: int
    """Rows that the store forgot."""
    workers: Mapping[str, str]
    """Each live worker: cleared, or pending when it had not answered within 3 s."""
    command_id: int
    range: ranges.RangeInfo
