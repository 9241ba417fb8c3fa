"""Vacuum: dead rows that autovacuum should have removed, and transaction numbers that run out."""

from __future__ import annotations

from collections.abc import Mapping

from paceline import findings
from paceline.postgres import capabilities as capabilities_
from paceline.postgres import session as sessions
from paceline.postgres.checks import rules
from paceline.postgres.maintenance import needs

_BEHIND = 2.0
"""Dead rows pass their trigger all the time, until autovacuum comes round; at twice the trigger it does not keep up."""
_OVERDUE = 1.5
"""At autovacuum_freeze_max_age a freeze begins by itself, so the age passes it in every healthy database."""
_FAILSAFE = 1_600_000_000
"""Default of vacuum_failsafe_age, for servers without it: there VACUUM drops everything else to be done in time."""


def dead_rows(rows: Mapping[str, rules.Rows], _role: rules.Capabilities) -> rules.Judged:
    """Judge dead rows by the trigger of their own table."""
    server = {row["name"]: row["value"] for row in rows["autovacuum_settings"]}
    tables = [table for table in rows["upkeep"] if table["relkind"] != "p"]
    found: list[findings.Finding] = []
    for table in tables:
        need = needs.vacuum(table, needs.triggers_of(table, server))
        if need.measure == "dead_rows" and need.value and need.trigger and need.value >= _BEHIND * need.trigger:
            found.append(_dead(table, need, off=_is_off(table, server)))
    return rules.Judged(tuple(found), f"{len(found)} of {len(tables)} tables have dead rows at twice their own trigger")


def wraparound(rows: Mapping[str, rules.Rows], _role: rules.Capabilities) -> rules.Judged:
    """Judge how near each database is to the end of its transaction numbers, where the server stops taking writes."""
    databases = rows["wraparound"]
    pairs = [(row, what) for row in databases for what in ("xids", "multixacts")]
    found = tuple(filter(None, (_old(row, what) for row, what in pairs)))
    oldest = max((row["xids"] for row in databases), default=0)
    return rules.Judged(
        found, f"the oldest of {len(databases)} databases is {oldest / 1e6:.0f} million transactions old"
    )


def _is_off(table: sessions.Row, server: Mapping[str, str]) -> bool:
    own: Mapping[str, str] = table["options"] or {}
    return server.get("autovacuum") == "off" or own.get("autovacuum_enabled", "on").lower() in {
        "off",
        "false",
        "no",
        "0",
    }


def _dead(table: sessions.Row, need: needs.Need, *, off: bool) -> findings.Finding:
    cure = "autovacuum is switched off for it: switch it on" if off else (
        "look for sessions that hold old snapshots, then lower its autovacuum_vacuum_scale_factor or raise "
        "autovacuum_vacuum_cost_limit"
    )  # fmt: skip
    return findings.Finding(
        kind="dead_rows",
        subject=table["quoted"],
        title=f"table {table['quoted']} has {need.value:.0f} dead rows, and its own trigger is {need.trigger:.0f}",
        severity=findings.Severity.WARNING,
        evidence=rules.facts("pg_stat_all_tables", dead_rows=need.value or 0, trigger=need.trigger or 0, why=need.why),
        remedy=rules.advice(f"VACUUM {table['quoted']}; {cure}"),
    )


def _old(row: sessions.Row, what: str) -> findings.Finding | None:
    age, trigger = row[what], row[f"{what}_trigger"]
    failsafe = row[f"{what}_failsafe"] or _FAILSAFE
    if age < min(_OVERDUE * trigger, failsafe):
        return None
    words = "transactions" if what == "xids" else "multixacts"
    return findings.Finding(
        kind="wraparound",
        subject=f"{row['database']} {what}",
        title=f"database {row['database']} is {age / 1e6:.0f} million {words} old, and freezing does not keep up",
        severity=findings.Severity.CRITICAL if age >= failsafe else findings.Severity.WARNING,
        evidence=rules.facts("pg_database", age=age, freeze_begins_at=trigger, failsafe_at=failsafe),
        remedy=rules.advice(
            "look for sessions, prepared transactions and replication slots that hold old snapshots, "
            "then VACUUM (FREEZE) the oldest tables"
        ),
    )


def _maintain(role: rules.Capabilities) -> Mapping[str, object]:
    return {"maintain": capabilities_.maintain(role)}


CHECKS = (
    rules.Check(
        "dead_rows", "Does autovacuum keep up?", ("upkeep", "autovacuum_settings"), dead_rows, parameters=_maintain
    ),
    rules.Check("wraparound", "Are old rows frozen in time?", ("wraparound",), wraparound),
)
