"""Indexes: those that are invalid, and those that are there twice. Both cost every write and help no query."""

from __future__ import annotations

from collections.abc import Mapping

from paceline import findings
from paceline.postgres import session as sessions
from paceline.postgres.checks import rules
from paceline.telemetry import units


def invalid(rows: Mapping[str, rules.Rows], _role: rules.Capabilities) -> rules.Judged:
    """Judge indexes that a failed CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY left behind."""
    found = tuple(_invalid(row) for row in rows["invalid_indexes"])
    return rules.Judged(found, f"indexes that are invalid: {len(found)}")


def duplicate(rows: Mapping[str, rules.Rows], _role: rules.Capabilities) -> rules.Judged:
    """Judge indexes that are the same as another in everything but their name."""
    found = tuple(_duplicate(row) for row in rows["duplicate_indexes"])
    return rules.Judged(found, f"indexes that are there twice: {len(found)}")


def _invalid(row: sessions.Row) -> findings.Finding:
    drop = f"DROP INDEX CONCURRENTLY {row['index']}"
    rebuild = f"REINDEX INDEX CONCURRENTLY {row['index']}"
    if row["unique"]:
        rebuild = f"remove what is double in {row['table']}, then {rebuild}"
    return findings.Finding(
        kind="invalid_index",
        subject=row["index"],
        title=f"index {row['index']} is invalid: no query uses it, and every write to {row['table']} pays for it",
        severity=findings.Severity.WARNING,
        evidence=rules.facts("pg_index", table=row["table"], size_bytes=row["size_bytes"]),
        remedy=rules.advice(drop if row["left_over"] else f"{rebuild}; or {drop}"),
    )


def _duplicate(row: sessions.Row) -> findings.Finding:
    size = units.formatted_bytes(row["size_bytes"])
    return findings.Finding(
        kind="duplicate_index",
        subject=row["index"],
        title=f"index {row['index']} ({size}) is the same as {row['kept']}",
        severity=findings.Severity.NOTICE,
        evidence=rules.facts(
            "pg_index", table=row["table"], same_as=row["kept"], size_bytes=row["size_bytes"], scans=row["scans"]
        ),
        remedy=rules.advice(f"DROP INDEX CONCURRENTLY {row['index']}"),
    )


CHECKS = (
    rules.Check("invalid_indexes", "Are all indexes in use?", ("invalid_indexes",), invalid),
    rules.Check("duplicate_indexes", "Is any index there twice?", ("duplicate_indexes",), duplicate),
)
