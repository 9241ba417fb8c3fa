"""What a load run is told, and what it tells while it runs."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass

from paceline import errors
from paceline.prove.load import scenario, target


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a worker needs to know; picklable."""

    schedule: array[float]
    """Offsets in seconds from the start, ascending; see `schedule`."""
    scenario: scenario.Scenario
    target: str
    """URL of a server on loopback, like `http://127.0.0.1:8000`."""
    connections: int = 256
    """Most connections at once. Default: a stall of one second at 250 requests/s opens one for every arrival."""
    timeout_s: float = 30.0
    """From the send (not from the intended time) until a request counts as `timeout`; clients' usual default."""

    def __post_init__(self) -> None:
        target.parse(self.target)
        if self.connections < 1:
            raise errors.UsageError(f"a load run has {self.connections} connections; give at least 1")
        if not (math.isfinite(self.timeout_s) and self.timeout_s > 0):
            raise errors.UsageError(f"timeout of a load run is {self.timeout_s} s; give a number above 0")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands."""

    elapsed_s: float
    planned: int
    sent: int
    completed: int
    failed: int


ProgressCallback = Callable[[Progress], None]
"""Hears of a run twice a second, in the sending thread: whatever it takes makes the generator late."""
