"""What paceline says: a finding, its evidence, its price and the remedy it names.

A finding's id is made of what it says about what, so it is equal over processes and restarts. Prices are in
user-waiting time and never summed: two findings may save the same second.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


class Severity(enum.StrEnum):
    """How bad it is when it cannot be priced, and how it is shown when it can."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a finding rests on: a name, its value with the unit in the name, and where it was measured."""

    name: str
    value: float | int | str
    source: str


@dataclass(frozen=True, slots=True)
class Cost:
    """The price: requests an hour x saving a request, capped by what the endpoint waits in total.

    `arithmetic` shows the multiplication in words. Seconds of user-waiting time per hour.
    """

    waiting_seconds_per_hour: float
    arithmetic: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change by the id of its action and JSON arguments; never SQL from a client. `engine.remedies` makes the fix."""

    action: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    advice: str = ""
    """What to do, in words, when no action can do it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that makes users wait, or will."""

    kind: str
    subject: str
    title: str
    severity: Severity
    evidence: tuple[Evidence, ...] = ()
    cost: Cost | None = None
    """None when it cannot be priced; then the severity ranks it, never an invented price."""
    remedy: Remedy | None = None
    call_site: str | None = None

    @property
    def id(self) -> str:
        """Return the id: 16 hex digits of kind and subject, equal in every process."""
        return hashlib.blake2b(f"{self.kind}\0{self.subject}".encode(), digest_size=8).hexdigest()
