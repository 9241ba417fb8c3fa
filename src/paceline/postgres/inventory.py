"""What there is: databases, tables, indexes, connections, settings; each part is read by itself or says why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from paceline import errors
from paceline.postgres import capabilities as capabilities_
from paceline.postgres import refusals
from paceline.postgres import session as sessions
from paceline.telemetry import fingerprint


@dataclass(slots=True)
class Inventory:
    """What could be read; None where a reason stands in `missing` under the same name. Filled once, then only read."""

    capabilities: capabilities_.Capabilities
    databases: Sequence[sessions.Row] | None = None
    tables: Sequence[sessions.Row] | None = None
    indexes: Sequence[sessions.Row] | None = None
    connections: sessions.Row | None = None
    connection_limits: sessions.Row | None = None
    settings: Sequence[sessions.Row] | None = None
    missing: dict[str, str] = field(default_factory=dict[str, str])


def read(session: sessions.Session, *, schema: str | None, limit: int) -> Inventory:
    """Return the inventory of the session's database.

    Args:
        session: where to ask.
        schema: only this schema's tables and indexes; None for all that belong to users.
        limit: most tables, and most indexes.

    Raises:
        UsageError: there is no such schema.
        DatabaseError: the database broke off, or not even the capabilities can be read.
    """
    found = Inventory(capabilities_.read(session))
    if schema is not None:
        _check_schema(session, schema)
    wanted = {"schema": schema, "limit": limit}
    found.connection_limits = _first(_part(session, found, "connection_limits"))
    found.connections = _connections(session, found)
    found.settings = _part(session, found, "settings")
    found.databases = _part(session, found, "database_sizes", "databases")
    found.tables = _part(session, found, "tables", parameters=wanted)
    found.indexes = _part(session, found, "indexes", parameters=wanted)
    return found


def without_literals(definition: str) -> str:
    """Return an index's definition with every constant of its predicate and expressions replaced by `?`."""
    return fingerprint.normalise(definition)


def _check_schema(session: sessions.Session, schema: str) -> None:
    known = [row["name"] for row in session.rows("schemas")]
    if schema not in known:
        raise errors.UsageError(f"schema {schema[:80]!r} is not there; there are {', '.join(known[:20])}")


def _part(
    session: sessions.Session,
    found: Inventory,
    query: str,
    name: str | None = None,
    *,
    parameters: sessions.Row | None = None,
) -> list[sessions.Row] | None:
    try:
        return session.rows(query, parameters)
    except refusals.Refused as refusal:
        found.missing[name or query] = str(refusal)
        return None


def _first(rows: Sequence[sessions.Row] | None) -> sessions.Row | None:
    return rows[0] if rows else None


def _connections(session: sessions.Session, found: Inventory) -> sessions.Row | None:
    role = found.capabilities
    if not role.reads_all_stats:
        grant = capabilities_.monitor_grant(role.role)
        found.missing["connections"] = f"role {role.role} does not see the sessions of other roles: {grant}"
        return None
    return _first(_part(session, found, "connections"))
