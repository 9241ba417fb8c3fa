"""Sequences: those that are about to run out, or to outgrow the column they fill."""

from __future__ import annotations

from collections.abc import Mapping

from paceline import findings
from paceline.postgres import capabilities as capabilities_
from paceline.postgres import session as sessions
from paceline.postgres.checks import rules

_WARNING_RATIO = 0.75
_CRITICAL_RATIO = 0.9
"""Widening an integer column of a large table takes weeks to prepare: at 75 % of a steady growth a third of the time
that it has taken so far is left, at 90 % a ninth."""


def exhaustion(rows: Mapping[str, rules.Rows], role: rules.Capabilities) -> rules.Judged:
    """Judge how much of its range each sequence has used."""
    sequences = rows["sequences"]
    found = tuple(filter(None, map(_ending, sequences)))
    hidden = sum(not row["readable"] for row in sequences)
    seen = f"{len(sequences) - hidden} of {len(sequences)} sequences could be read, {len(found)} are near their end"
    if not hidden:
        return rules.Judged(found, seen)
    who = capabilities_.quoted(role.role)
    how = f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO {who}"
    return rules.Judged(found, seen, rules.Blind(f"{hidden} of {len(sequences)} sequences cannot be read", how))


def _ending(row: sessions.Row) -> findings.Finding | None:
    if row["last_value"] is None:
        return None
    ratio = row["last_value"] / row["max_value"]
    if ratio < _WARNING_RATIO:
        return None
    place = row["column"] or "no column"
    return findings.Finding(
        kind="sequence_exhaustion",
        subject=row["sequence"],
        title=f"sequence {row['sequence']} has used {ratio:.0%} of what fits into {place} ({row['type']})",
        severity=findings.Severity.CRITICAL if ratio >= _CRITICAL_RATIO else findings.Severity.WARNING,
        evidence=rules.facts("pg_sequence", used_percent=round(100 * ratio, 1), max_value=row["max_value"]),
        remedy=rules.advice(f"change {place} and every column that refers to it to bigint, or end the growth"),
    )


CHECKS = (rules.Check("sequences", "Do any ids run out?", ("sequences",), exhaustion),)
