"""Connections: how near the limit, and who keeps a transaction open while doing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paceline import findings
from paceline.postgres import session as sessions
from paceline.postgres.checks import rules

_WARNING_PERCENT = 80.0
_CRITICAL_PERCENT = 95.0
"""At the limit the next client is refused; a fifth leaves room for a deploy, where old and new workers overlap."""
_IDLE_WARNING_S = 60.0
_IDLE_CRITICAL_S = 15 * 60.0
"""An open transaction holds its locks and keeps VACUUM from removing rows. No request of a web service takes a minute;
after a quarter of an hour autovacuum (autovacuum_naptime, 1 min) has passed in vain many times."""


def limit(rows: Mapping[str, rules.Rows], _role: rules.Capabilities) -> rules.Judged:
    """Judge how many of the connections that ordinary roles may open are taken."""
    limits, used = rows["connection_limits"][0], int(rows["connections"][0]["total"])
    kept = limits["superuser_reserved_connections"] + (limits["reserved_connections"] or 0)
    usable = max(1, limits["max_connections"] - kept)
    percent = 100.0 * used / usable
    seen = f"{used} of {usable} connections are taken ({percent:.0f} %)"
    if percent < _WARNING_PERCENT:
        return rules.Judged((), seen)
    severity = findings.Severity.CRITICAL if percent >= _CRITICAL_PERCENT else findings.Severity.WARNING
    found = findings.Finding(
        kind="connection_limit",
        subject="server",
        title=f"{seen}: soon new clients are refused",
        severity=severity,
        evidence=rules.facts("pg_stat_activity", connections=used, usable_connections=usable),
        remedy=rules.advice("lower the pool size of the services, or put PgBouncer before the server"),
    )
    return rules.Judged((found,), seen)


def idle_in_transaction(rows: Mapping[str, rules.Rows], _role: rules.Capabilities) -> rules.Judged:
    """Judge sessions that hold a transaction open and do nothing; one finding for each role in each database."""
    held = sorted(rows["idle_transactions"], key=lambda row: row["idle_seconds"], reverse=True)
    groups: dict[str, list[sessions.Row]] = {}
    for row in held:
        if row["idle_seconds"] >= _IDLE_WARNING_S:
            groups.setdefault(f"{row['role']} in {row['database']}", []).append(row)
    found = tuple(_idle(subject, group) for subject, group in groups.items())
    longest = held[0]["idle_seconds"] if held else 0.0
    return rules.Judged(found, f"sessions idle in a transaction: {len(held)}, the longest for {longest:.0f} s")


def _idle(subject: str, held: Sequence[sessions.Row]) -> findings.Finding:
    """Return the finding for sessions of one role, the longest first."""
    # Its subject is not the process: the next one of the same client that does it again is the same finding.
    seconds = float(held[0]["idle_seconds"])
    return findings.Finding(
        kind="idle_in_transaction",
        subject=subject,
        title=f"a session of {subject} has done nothing in an open transaction for {seconds / 60:.0f} min",
        severity=findings.Severity.CRITICAL if seconds >= _IDLE_CRITICAL_S else findings.Severity.WARNING,
        evidence=rules.facts(
            "pg_stat_activity", sessions=len(held), process_id=held[0]["pid"], idle_seconds=round(seconds)
        ),
        remedy=rules.advice(
            "commit or roll back before waiting for anything else; "
            "idle_in_transaction_session_timeout ends such sessions"
        ),
    )


CHECKS = (
    rules.Check(
        "connection_limit",
        "Are there connections left?",
        ("connections", "connection_limits"),
        limit,
        rules.all_stats,
    ),
    rules.Check(
        "idle_in_transaction",
        "Does somebody hold a transaction open and do nothing?",
        ("idle_transactions",),
        idle_in_transaction,
        rules.all_stats,
    ),
)
