"""What paceline does: one reversible change, with a preview, an undo and an entry in the journal."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Risk(enum.StrEnum):
    """What a change may cost while it runs."""

    NONE = "none"
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a change is: `done` of `total` (None: unknown) units, and what it is at."""

    done: float
    total: float | None
    at: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What one run of a change did. Times are UTC epoch milliseconds; `undo` is None when there is none."""

    at_ms: int
    by: str
    action: str
    arguments: Mapping[str, object]
    result: Mapping[str, object]
    undo: Mapping[str, object] | None = None
    statements: tuple[str, ...] = field(default=())


class Fix(Protocol):
    """One reversible change."""

    action: str
    risk: Risk

    def preview(self) -> Mapping[str, object]:
        """Return what would be done, exactly, without doing it."""
        ...

    def apply(self, report: Callable[[Progress], None]) -> JournalEntry:
        """Do it and return the entry for the journal; raises PacelineError and leaves nothing half done."""
        ...

    def undo(self, report: Callable[[Progress], None]) -> JournalEntry:
        """Put back what `apply` changed."""
        ...
