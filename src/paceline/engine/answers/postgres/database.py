"""What the database is made of: sizes, tables, indexes, connections, settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from paceline.engine.answers import ranges
from paceline.engine.answers.processes import memory
from paceline.postgres import capabilities
from paceline.postgres import inventory as inventories
from paceline.postgres import session as sessions

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    """One database of the server."""

    name: str
    current: bool
    """The one that `dsn` names."""
    size: memory.Size | None
    """None without CONNECT on it or the rights of pg_monitor."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table, partition, partitioned table or materialised view."""

    schema: str
    name: str
    kind: str
    """table, partitioned table or materialized view."""
    is_partition: bool
    rows_estimate: int | None
    """What the planner believes; None for a table that was never analysed."""
    dead_rows: int | None
    total: memory.Size | None
    """Table, indexes and TOAST; None while another session has the table to itself. A partitioned table holds nothing
    of its own, its partitions are listed beside it."""
    table: memory.Size | None
    indexes: memory.Size | None
    toast: memory.Size | None
    last_vacuum: str | None
    """RFC 3339, by hand or by autovacuum; None when none is known."""
    last_analyze: str | None


@dataclass(frozen=True, slots=True)
class Index:
    """One index."""

    schema: str
    table: str
    name: str
    method: str
    definition: str
    """Without literals: each constant of a predicate or an expression is `?`."""
    columns: tuple[str | None, ...]
    """Key columns; None stands for an expression."""
    partial: bool
    unique: bool
    primary: bool
    valid: bool
    """False for what a failed CREATE INDEX CONCURRENTLY left behind: no query uses it."""
    size: memory.Size | None
    scans: int | None
    """Since statistics were last reset, on this server only."""


@dataclass(frozen=True, slots=True)
class Connections:
    """Clients of the whole server by state, and how many there may be."""

    active: int | None
    idle: int | None
    idle_in_transaction: int | None
    idle_in_transaction_aborted: int | None
    other: int | None
    total: int | None
    limit: int | None
    """max_connections."""
    reserved: int | None
    """Of the limit, kept for superusers and pg_use_reserved_connections."""


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of the database."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as a new session gets it."""

    name: str
    value: str
    unit: str | None
    """What `value` counts: `8kB`, `ms`, ...; None for a plain number or a word."""
    source: str
    """default, configuration file, database, user, ..."""


@dataclass(frozen=True, slots=True)
class DatabaseInfo:
    """Everything about the database at one moment; a part that is None is explained in `unavailable`."""

    at: str
    database: str
    version: str
    in_recovery: bool
    """The server is a standby."""
    databases: tuple[DatabaseSize, ...] | None
    tables: tuple[Table, ...] | None
    """Largest first."""
    tables_total: int | None
    """How many there are; what is more than the list's length was left out."""
    indexes: tuple[Index, ...] | None
    indexes_total: int | None
    connections: Connections
    extensions: tuple[Extension, ...]
    settings: tuple[Setting, ...] | None
    unavailable: tuple[ranges.Unavailable, ...]


def info(found: inventories.Inventory, now_ms: int) -> DatabaseInfo:
    """Return the answer."""
    able = found.capabilities
    return DatabaseInfo(
        at=ranges.rfc3339(now_ms),
        database=able.database,
        version=able.version,
        in_recovery=able.in_recovery,
        databases=_all(found.databases, _database),
        tables=_all(found.tables, _table),
        tables_total=_total(found.tables),
        indexes=_all(found.indexes, _index),
        indexes_total=_total(found.indexes),
        connections=_connections(found),
        extensions=tuple(Extension(one.name, one.version) for one in able.extensions.values()),
        settings=_all(found.settings, _setting),
        unavailable=tuple(_unavailable(found)),
    )


def _database(row: sessions.Row) -> DatabaseSize:
    return DatabaseSize(row["name"], row["current"], memory.size(row["size_bytes"]))


def _table(row: sessions.Row) -> Table:
    return Table(
        schema=row["schema"],
        name=row["name"],
        kind=row["kind"],
        is_partition=row["is_partition"],
        rows_estimate=row["rows"],
        dead_rows=row["dead_rows"],
        total=memory.size(row["total_bytes"]),
        table=memory.size(row["table_bytes"]),
        indexes=memory.size(row["index_bytes"]),
        toast=memory.size(row["toast_bytes"]),
        last_vacuum=_moment(row["last_vacuum"]),
        last_analyze=_moment(row["last_analyze"]),
    )


def _index(row: sessions.Row) -> Index:
    return Index(
        schema=row["schema"],
        table=row["table"],
        name=row["name"],
        method=row["method"],
        definition=inventories.without_literals(row["definition"]),
        columns=tuple(row["columns"]),
        partial=row["partial"],
        unique=row["unique"],
        primary=row["primary"],
        valid=row["valid"],
        size=memory.size(row["size_bytes"]),
        scans=row["scans"],
    )


def _setting(row: sessions.Row) -> Setting:
    return Setting(row["name"], row["value"], row["unit"], row["source"])


def _connections(found: inventories.Inventory) -> Connections:
    states, limits = found.connections or {}, found.connection_limits
    return Connections(
        active=states.get("active"),
        idle=states.get("idle"),
        idle_in_transaction=states.get("idle_in_transaction"),
        idle_in_transaction_aborted=states.get("idle_in_transaction_aborted"),
        other=states.get("other"),
        total=states.get("total"),
        limit=limits["max_connections"] if limits else None,
        reserved=limits["superuser_reserved_connections"] + (limits["reserved_connections"] or 0) if limits else None,
    )


def _unavailable(found: inventories.Inventory) -> Iterable[ranges.Unavailable]:
    yield from (ranges.Unavailable(name, reason) for name, reason in found.missing.items())
    able = found.capabilities
    grant = capabilities.monitor_grant(able.role)
    if any(row["size_bytes"] is None for row in found.databases or ()):
        yield ranges.Unavailable("databases.size", f"role {able.role} may not connect to every database: {grant}")
    if any(row["total_bytes"] is None for row in found.tables or ()):
        yield ranges.Unavailable(
            "tables.total", "another session has the table to itself (ALTER TABLE, VACUUM FULL, ...)"
        )
    if any(row["size_bytes"] is None for row in found.indexes or ()):
        yield ranges.Unavailable("indexes.size", "another session has the index or its table to itself")
    if found.settings is not None and not able.reads_all_settings:
        yield ranges.Unavailable("settings.shared_preload_libraries", f"role {able.role} does not see it: {grant}")


def _all(rows: Sequence[sessions.Row] | None, made: Callable[[sessions.Row], Made]) -> tuple[Made, ...] | None:
    return None if rows is None else tuple(map(made, rows))


def _total(rows: Sequence[sessions.Row] | None) -> int | None:
    """Return the length of the whole list, which every row carries."""
    if rows is None:
        return None
    return rows[0]["total"] if rows else 0


def _moment(at: dt.datetime | None) -> str | None:
    return None if at is None else ranges.rfc3339(int(at.timestamp() * 1_000))
