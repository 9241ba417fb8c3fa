"""What is wrong, in order: findings as users get them, and the checks of the database that made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from paceline import findings
from paceline.engine import ranking
from paceline.engine.answers import paging, ranges
from paceline.postgres.checks import running


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a finding rests on."""

    name: str
    value: float | int | str
    source: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a finding."""

    action: str
    """What can be run for it; `advice`: nothing yet, read `advice`."""
    arguments: Mapping[str, object]
    advice: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that makes users wait, or will."""

    id: str
    """Of kind and subject: the same in every process, as long as it is there."""
    kind: str
    subject: str
    title: str
    severity: str
    """critical, warning or notice."""
    band: str
    """priced or unpriced."""
    waiting_seconds_per_hour: float | None
    """What it costs users; None for what cannot be priced."""
    arithmetic: str | None
    evidence: tuple[Evidence, ...]
    remedy: Remedy | None
    call_site: str | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not looked at, and how it could be."""

    name: str
    reason: str
    how_to_enable: str


@dataclass(frozen=True, slots=True)
class Findings:
    """The ranking: by waiting, then what cannot be priced by severity."""

    at: str
    rows: tuple[Finding, ...]
    total: int
    """How many there are; what is more than `rows` was left out."""
    skipped: tuple[Skipped, ...]
    """Without these a short list is no good news."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the database."""

    name: str
    question: str
    status: str
    """ok, finding or skipped; never ok when something could not be seen."""
    seen: str | None
    """What was looked at; None when nothing could be."""
    findings: tuple[Finding, ...]
    """Worst first."""
    reason: str | None
    """What could not be seen; None when everything was."""
    how_to_enable: str | None


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """All checks of the database at one moment."""

    at: str
    database: str
    status: str
    """The worst: finding, else skipped, else ok."""
    ok: int
    finding: int
    skipped: int
    """Checks by their status."""
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class MissingIndexes:
    """Indexes that would save waiting; in this version only why none are proposed."""

    at: str
    limit: int
    skipped: Skipped


def health(examined: running.Examined, now_ms: int) -> DatabaseHealth:
    """Return every check with what became of it."""
    checks = tuple(_check(outcome) for outcome in examined.outcomes)
    counts = {status: sum(check.status == status for check in checks) for status in _STATUSES}
    worst = next((status for status in _STATUSES if counts[status]), running.OK)
    return DatabaseHealth(
        at=ranges.rfc3339(now_ms),
        database=examined.capabilities.database,
        status=worst,
        ok=counts[running.OK],
        finding=counts[running.FINDING],
        skipped=counts[running.SKIPPED],
        checks=checks,
    )


_STATUSES = (running.FINDING, running.SKIPPED, running.OK)


def ranking_of(found: Iterable[findings.Finding], skipped: Sequence[Skipped], *, limit: int, now_ms: int) -> Findings:
    """Return the first findings of the ranking.

    Raises:
        UsageError: the limit is not 1 to 1000.
    """
    paging.check_limit(limit)
    ordered = ranking.ranked(found)
    shown = tuple(_finding(finding) for finding in ordered[:limit])
    return Findings(ranges.rfc3339(now_ms), shown, len(ordered), tuple(skipped))


def skipped_of(outcomes: Iterable[running.Outcome]) -> tuple[Skipped, ...]:
    """Return the checks that could not see everything."""
    return tuple(
        Skipped(outcome.name, outcome.reason, outcome.how_to_enable or "")
        for outcome in outcomes
        if outcome.reason is not None
    )


def _check(outcome: running.Outcome) -> Check:
    return Check(
        name=outcome.name,
        question=outcome.question,
        status=outcome.status,
        seen=outcome.seen,
        findings=tuple(_finding(finding) for finding in ranking.ranked(outcome.findings)),
        reason=outcome.reason,
        how_to_enable=outcome.how_to_enable,
    )


def _finding(finding: findings.Finding) -> Finding:
    cost, remedy = finding.cost, finding.remedy
    return Finding(
        id=finding.id,
        kind=finding.kind,
        subject=finding.subject,
        title=finding.title,
        severity=finding.severity.value,
        band=ranking.band(finding),
        waiting_seconds_per_hour=None if cost is None else round(cost.waiting_seconds_per_hour, 3),
        arithmetic=None if cost is None else cost.arithmetic,
        evidence=tuple(Evidence(fact.name, fact.value, fact.source) for fact in finding.evidence),
        remedy=None if remedy is None else Remedy(remedy.action, dict(remedy.arguments), remedy.advice),
        call_site=finding.call_site,
    )
