"""A plan of maintenance: which statement for which table, why, and what stands against it. Planned, never run.

VACUUM and ANALYZE go table by table, REINDEX CONCURRENTLY index by index: each must be a statement of its own outside a
transaction, and one that fails must not take the others with it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from paceline import errors
from paceline.postgres import capabilities as capabilities_
from paceline.postgres import refusals
from paceline.postgres import session as sessions
from paceline.postgres.maintenance import needs

ANALYZE = "analyze"
VACUUM = "vacuum"
REINDEX = "reindex"
OPERATIONS = (ANALYZE, VACUUM, REINDEX)

PLANNED = "planned"
SKIPPED = "skipped"

_MOST_MEASURED = 20
"""Indexes that are read whole to measure their bloat, largest first: a plan must not become a load."""
_MOST_MEASURED_BYTES = 1024 * 1024 * 1024
_OLD_SNAPSHOT_S = 10 * 60.0
"""A transaction that is open for longer than a slow request is worth a word."""
_LEFT_OVER = re.compile(r".*_cc(new|old)\d*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; `tables` None means all tables of users."""

    operations: Sequence[str] = OPERATIONS
    tables: Sequence[str] | None = None
    force: bool = False
    """Plan the operations whatever the numbers say; the guards stay."""
    least_reindex_bytes: int = needs.LEAST_REINDEX_BYTES
    """A valid index below this size is looked at only when its table is named."""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement."""

    operation: str
    table: str
    index: str | None
    statement: str
    state: str
    """planned or skipped."""
    need: needs.Need
    reason: str | None = None
    """Why it is skipped."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in the order in which they would run, most urgent first within an operation."""

    steps: tuple[Step, ...]
    not_needed: Mapping[str, int]
    """Tables, or indexes, that were looked at and left alone, by operation."""
    caveats: tuple[str, ...]
    role: str


@dataclass(slots=True)
class _Material:
    """What a plan is made of."""

    wanted: Wanted
    role: capabilities_.Capabilities
    tables: Sequence[sessions.Row]
    chosen: frozenset[int]
    """Tables that are named, with the partitions of those that have some."""
    server: Mapping[str, str]
    not_needed: dict[str, int] = field(default_factory=dict[str, int])


def check(wanted: Wanted) -> None:
    """Raise UsageError when an operation is not known."""
    for operation in wanted.operations:
        if operation not in OPERATIONS:
            raise errors.UsageError(f"operation {operation[:40]!r} is not known; there are {', '.join(OPERATIONS)}")


def plan(session: sessions.Session, wanted: Wanted) -> Plan:
    """Return the plan.

    Raises:
        UsageError: an operation or a table is not known.
        DatabaseError: the catalogues cannot be read.
    """
    check(wanted)
    role = capabilities_.read(session)
    tables = session.rows("upkeep", {"maintain": capabilities_.maintain(role)})
    server = {row["name"]: row["value"] for row in session.rows("autovacuum_settings")}
    chosen = _chosen(tables, wanted.tables)
    material = _Material(wanted, role, [table for table in tables if table["oid"] in chosen], chosen, server)
    steps: list[Step] = []
    for operation in dict.fromkeys(wanted.operations):
        found = _reindexes(session, material) if operation == REINDEX else _upkeep(material, operation)
        kept = [step for step in found if _shown(step, material)]
        steps += sorted(kept, key=_urgency, reverse=True)
    vacuums = any(step.operation == VACUUM and step.state == PLANNED for step in steps)
    return Plan(tuple(steps), material.not_needed, _caveats(session, role) if vacuums else (), role.role)


def _chosen(tables: Sequence[sessions.Row], named: Sequence[str] | None) -> frozenset[int]:
    if named is None:
        return frozenset(table["oid"] for table in tables)
    oids = {_named(tables, name) for name in named}
    return frozenset(table["oid"] for table in tables if table["oid"] in oids or oids.intersection(table["ancestors"]))


def _named(tables: Sequence[sessions.Row], name: str) -> int:
    """Return the table that a name means: with its schema or alone if no other is called so, quoted or not."""
    found = [table for table in tables if name in {f"{table['schema']}.{table['name']}", table["quoted"]}]
    found = found or [table for table in tables if name in {table["name"], capabilities_.quoted(table["name"])}]
    if not found:
        raise errors.UsageError(f"table {name[:80]!r} is not there; name it like public.orders")
    if len(found) > 1:
        choices = ", ".join(table["quoted"] for table in found[:5])
        raise errors.UsageError(f"table {name[:80]!r} is in several schemas; name one of {choices}")
    return found[0]["oid"]


def _upkeep(material: _Material, operation: str) -> Iterator[Step]:
    """Yield a step for each table, needed or not."""
    covering: dict[int, str] = {}
    # Partitioned tables first: their ANALYZE goes through all partitions, which then need none of their own.
    for table in sorted(material.tables, key=lambda table: len(table["ancestors"])):
        partitioned = table["relkind"] == "p"
        if partitioned and operation == VACUUM:
            continue  # it has no rows of its own; its partitions are in the list
        statement = f"{operation.upper()} {table['quoted']}"
        reason = _guard(material.role, table, operation)
        covered = [covering[oid] for oid in table["ancestors"] if oid in covering]
        if covered and not reason:
            reason = f"{covered[0]} does it too"
        need = _need(material, table, operation)
        step = _settled(material, Step(operation, table["quoted"], None, statement, PLANNED, need, reason))
        if partitioned and step.state == PLANNED:
            covering[table["oid"]] = statement
        yield step


def _need(material: _Material, table: sessions.Row, operation: str) -> needs.Need:
    triggers = needs.triggers_of(table, material.server)
    if operation == VACUUM:
        return needs.vacuum(table, triggers)
    if table["relkind"] != "p":
        return needs.analyze(table, triggers)
    parts = [part for part in material.tables if table["oid"] in part["ancestors"] and part["relkind"] != "p"]
    return needs.analyze_partitioned(table, parts, triggers)


def _guard(role: capabilities_.Capabilities, table: sessions.Row, operation: str) -> str | None:
    """Return what stands against a step, None for nothing."""
    if role.in_recovery:
        return "this server is a standby: upkeep runs on the primary"
    if not table["may_vacuum"]:
        return _no_grant(role, table["quoted"], "its owner or the database's")
    by = table["vacuumed_by"] if operation == VACUUM else table["analyzed_by"]
    return f"process {by} is at it already" if by else None


def _no_grant(role: capabilities_.Capabilities, table: str, owner: str) -> str:
    who = capabilities_.quoted(role.role)
    cure = f": GRANT MAINTAIN ON {table} TO {who}" if role.knows_maintain else ""
    return f"role {role.role} may not; it takes {owner}{cure}"


def _reindexes(session: sessions.Session, material: _Material) -> Iterator[Step]:
    """Yield a step for each index that is worth a look."""
    named = material.wanted.tables is not None
    parameters = {
        "maintain": capabilities_.maintain(material.role),
        "tables": sorted(material.chosen) if named or material.wanted.force else [],
        "least_bytes": material.wanted.least_reindex_bytes,
    }
    quoted = {table["oid"]: table["quoted"] for table in material.tables}
    found = [index for index in session.rows("reindex_candidates", parameters) if index["table_oid"] in quoted]
    densities = _densities(session, material, found)
    for index in found:
        table = quoted[index["table_oid"]]
        need = needs.reindex(index, densities.get(index["oid"]))
        reason = _index_guard(material.role, index, table)
        statement = f"REINDEX INDEX CONCURRENTLY {index['quoted']}"
        yield _settled(material, Step(REINDEX, table, index["quoted"], statement, PLANNED, need, reason))


def _densities(session: sessions.Session, material: _Material, found: Iterable[sessions.Row]) -> dict[int, float]:
    """Measure the largest btree indexes, if pgstattuple is there and may be asked."""
    extension = material.role.extensions.get("pgstattuple")
    if extension is None or not material.role.scans_tables:
        return {}
    measurable = [
        index["oid"]
        for index in found
        if index["method"] == "btree" and index["valid"] and 0 < index["size_bytes"] <= _MOST_MEASURED_BYTES
    ]
    densities: dict[int, float] = {}
    for oid in measurable[:_MOST_MEASURED]:
        try:
            rows = session.rows("index_density", {"index": oid}, schema=extension.schema)
        except refusals.Refused:
            continue  # too large for the time there is: its estimate has to do
        densities.update((oid, float(row["density_percent"])) for row in rows)
    return densities


def _index_guard(role: capabilities_.Capabilities, index: sessions.Row, table: str) -> str | None:
    if role.in_recovery:
        return "this server is a standby: upkeep runs on the primary"
    if not index["may_reindex"]:
        return _no_grant(role, table, "its table's owner")
    if index["built_by"]:
        return f"process {index['built_by']} builds an index of this table"
    if index["exclusion"]:
        return "an exclusion constraint's index cannot be rebuilt concurrently; REINDEX without it blocks writes"
    if not index["valid"] and _LEFT_OVER.fullmatch(index["name"]):
        return f"it is left over from a REINDEX that failed: DROP INDEX CONCURRENTLY {index['quoted']}"
    return None


def _settled(material: _Material, step: Step) -> Step:
    """Return a step as planned or skipped; what is not needed is counted."""
    if not step.need.needed and not material.wanted.force:
        material.not_needed[step.operation] = material.not_needed.get(step.operation, 0) + 1
        return dataclasses.replace(step, state=SKIPPED, reason=f"not needed: {step.need.why}")
    return dataclasses.replace(step, state=SKIPPED) if step.reason else step


def _shown(step: Step, material: _Material) -> bool:
    """Tell whether a step is worth a line: what nobody asked for by name and nothing needs is only counted."""
    return material.wanted.tables is not None or material.wanted.force or step.need.needed


def _urgency(step: Step) -> tuple[bool, bool, float]:
    need = step.need
    ratio = need.value / max(need.trigger, 1e-9) if need.value is not None and need.trigger else 0.0
    return step.state == PLANNED, need.measure == "invalid", ratio


def _caveats(session: sessions.Session, role: capabilities_.Capabilities) -> tuple[str, ...]:
    """Return what may keep VACUUM from removing anything."""
    try:
        held = session.rows("horizon")
    except refusals.Refused:
        return ()
    told = [
        f"{row['holder']} has held a snapshot for {row['seconds'] / 60:.0f} min: VACUUM removes no row that died since"
        for row in held
        if row["seconds"] is not None and row["seconds"] > _OLD_SNAPSHOT_S
    ]
    if not role.reads_all_stats:
        grant = capabilities_.monitor_grant(role.role)
        told.append(f"sessions of other roles that hold old snapshots cannot be seen: {grant}")
    return tuple(told)
