"""What the doctor says: lines under titles, each with a status and, where something is to be done, how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["ok", "warning", "problem", "skipped"]

OK: Status = "ok"
WARNING: Status = "warning"
"""Works, but not as well as it could, or not for long."""
PROBLEM: Status = "problem"
"""Something that was asked for does not work; the command ends with exit code 1."""
SKIPPED: Status = "skipped"
"""Was not looked at; the text says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    status: Status
    text: str
    fix: str | None = None
    """What to do, None when there is nothing to do."""
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    """The same for programs: names and values as JSON has them."""


@dataclass(frozen=True, slots=True)
class Section:
    """What was looked at under one title."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was looked at; `status` is the worst of it, without what was skipped."""

    service: str
    status: Status
    problems: int
    warnings: int
    sections: tuple[Section, ...]


def diagnosis(service: str, sections: tuple[Section, ...]) -> Diagnosis:
    """Return the sections with their sum."""
    found = [line.status for section in sections for line in section.lines]
    problems, warnings = found.count(PROBLEM), found.count(WARNING)
    status = PROBLEM if problems else WARNING if warnings else OK
    return Diagnosis(service, status, problems, warnings, sections)
