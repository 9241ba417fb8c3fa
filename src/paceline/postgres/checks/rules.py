"""What a check is: a name, the question in words, its query, what it needs, and the rule that judges the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from paceline import findings
from paceline.postgres import capabilities as capabilities_
from paceline.postgres import session as sessions

Rows = Sequence[sessions.Row]
Capabilities = capabilities_.Capabilities


@dataclass(frozen=True, slots=True)
class Blind:
    """Why a check cannot see what it judges by, and how it could."""

    reason: str
    how_to_enable: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule says; with `blind` no findings mean nothing."""

    findings: tuple[findings.Finding, ...]
    seen: str
    """What was looked at, in one line with its numbers."""
    blind: Blind | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `queries` are asked in order; the rule gets their rows by name."""

    name: str
    question: str
    queries: tuple[str, ...]
    rule: Callable[[Mapping[str, Rows], Capabilities], Judged]
    needs: Callable[[Capabilities], Blind | None] = lambda _role: None
    parameters: Callable[[Capabilities], Mapping[str, object]] = field(default=lambda _role: {})


def all_stats(role: Capabilities) -> Blind | None:
    """Return that the sessions of other roles cannot be seen, None when they can."""
    if role.reads_all_stats:
        return None
    reason = f"role {role.role} does not see the sessions of other roles"
    return Blind(reason, capabilities_.monitor_grant(role.role))


def advice(text: str) -> findings.Remedy:
    """Return a remedy that is for people: no action does it yet."""
    return findings.Remedy("advice", advice=text)


def facts(source: str, **values: float | str) -> tuple[findings.Evidence, ...]:
    """Return values as evidence of one source."""
    return tuple(findings.Evidence(name, value, source) for name, value in values.items())
