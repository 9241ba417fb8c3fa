"""Running the checks: each for itself in one session, so that one that is refused leaves the others standing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from paceline import findings
from paceline.postgres import capabilities as capabilities_
from paceline.postgres import refusals
from paceline.postgres import session as sessions
from paceline.postgres.checks import connections, indexes, rules, sequences, statistics, vacuum

CHECKS: tuple[rules.Check, ...] = (
    *connections.CHECKS,
    *indexes.CHECKS,
    *vacuum.CHECKS,
    *sequences.CHECKS,
    *statistics.CHECKS,
)

OK = "ok"
FINDING = "finding"
SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one check."""

    name: str
    question: str
    status: str
    """ok, finding or skipped."""
    seen: str | None
    """What was looked at; None when nothing could be."""
    findings: tuple[findings.Finding, ...] = ()
    reason: str | None = None
    """What could not be seen; None when everything was."""
    how_to_enable: str | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """All checks of one database."""

    capabilities: capabilities_.Capabilities
    outcomes: tuple[Outcome, ...]


def run(session: sessions.Session) -> Examined:
    """Return what became of every check.

    Raises:
        DatabaseError: the database broke off, or not even the capabilities can be read.
    """
    role = capabilities_.read(session)
    return Examined(role, tuple(_outcomes(session, role)))


def _outcomes(session: sessions.Session, role: capabilities_.Capabilities) -> Iterator[Outcome]:
    for check in CHECKS:
        blind = check.needs(role)
        if blind is not None:
            yield _skipped(check, blind)
            continue
        try:
            parameters = check.parameters(role)
            rows = {query: session.rows(query, parameters) for query in check.queries}
        except refusals.Refused as refusal:
            yield _skipped(check, rules.Blind(str(refusal), "see the reason"))
            continue
        yield _outcome(check, check.rule(rows, role))


def _outcome(check: rules.Check, judged: rules.Judged) -> Outcome:
    blind = judged.blind
    if blind is not None and not judged.findings:
        return _skipped(check, blind, judged.seen)
    return Outcome(
        name=check.name,
        question=check.question,
        status=FINDING if judged.findings else OK,
        seen=judged.seen,
        findings=judged.findings,
        reason=blind.reason if blind else None,
        how_to_enable=blind.how_to_enable if blind else None,
    )


def _skipped(check: rules.Check, blind: rules.Blind, seen: str | None = None) -> Outcome:
    return Outcome(check.name, check.question, SKIPPED, seen, (), blind.reason, blind.how_to_enable)
