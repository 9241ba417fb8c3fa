"""Statistics: whether the server itself counts its statements, also those that the application does not see."""

from __future__ import annotations

from collections.abc import Mapping

from paceline import findings
from paceline.postgres.checks import rules

_NAME = "pg_stat_statements"


def statements_counted(rows: Mapping[str, rules.Rows], role: rules.Capabilities) -> rules.Judged:
    """Judge whether pg_stat_statements is loaded and created in this database."""
    loaded = any(row["name"] == f"{_NAME}.max" for row in rows["statement_statistics"])
    created = role.extensions.get(_NAME)
    if created is not None and loaded:
        return rules.Judged((), f"{_NAME} {created.version} is loaded and created")
    if loaded:
        what, cure = "is loaded, but not created in this database", f"CREATE EXTENSION {_NAME}"
    else:
        what = "is not loaded"
        cure = f"add {_NAME} to shared_preload_libraries and restart the server, then CREATE EXTENSION {_NAME}"
    found = findings.Finding(
        kind="statement_statistics",
        subject=role.database,
        title=f"{_NAME} {what}: statements that run outside of the watched services are not counted",
        severity=findings.Severity.NOTICE,
        evidence=rules.facts("pg_extension", loaded=str(loaded).lower(), created=str(created is not None).lower()),
        remedy=rules.advice(cure),
    )
    return rules.Judged((found,), f"{_NAME} {what}")


CHECKS = (
    rules.Check(
        "statement_statistics",
        "Does the server count its statements?",
        ("statement_statistics",),
        statements_counted,
    ),
)
