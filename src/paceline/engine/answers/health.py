"""Health: ok, degraded or failing, and the checks that say so."""

from __future__ import annotations

from dataclasses import dataclass

from paceline.engine.answers import ranges

OK = "ok"
DEGRADED = "degraded"
FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `detail` is one line for people."""

    name: str
    """store, windows, memory, errors, disk or dropped."""
    status: str
    """ok, degraded or failing."""
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """The worst of the checks; 503 when failing."""

    status: str
    checks: tuple[Check, ...]
    range: ranges.RangeInfo
