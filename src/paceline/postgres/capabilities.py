"""What the server is and what our role may do on it: asked first, so that nothing is tried that must fail.

A capability is seen by a column, a role or an extension's own version. The server's number says less: extensions keep
their old version over pg_upgrade until somebody updates them, and forks number differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paceline.postgres import session as sessions


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of this database; `schema` is quoted as SQL wants it."""

    name: str
    version: str
    schema: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be asked in this session."""

    version: str
    """As the server writes it, such as `18.6`."""
    version_number: int
    database: str
    role: str
    superuser: bool
    in_recovery: bool
    """The server is a standby: nothing can be changed there, and its statistics are its own."""
    monitor: bool
    """Has the rights of pg_monitor, which holds the next three."""
    reads_all_stats: bool
    """Sees the sessions of other roles, and the size of every database."""
    reads_all_settings: bool
    scans_tables: bool
    """May read whole indexes through pgstattuple."""
    knows_maintain: bool
    """The server has the privilege MAINTAIN."""
    owned_tables: int
    extensions: Mapping[str, Extension]


def read(session: sessions.Session) -> Capabilities:
    """Return what this session can ask.

    Raises:
        Refused: not even this can be read.
    """
    (row,) = session.rows("capabilities")
    found = (Extension(**extension) for extension in session.rows("extensions"))
    return Capabilities(**row, extensions={extension.name: extension for extension in found})


def maintain(role: Capabilities) -> str | None:
    """Return the privilege MAINTAIN for queries that ask about it; None where the server does not know it."""
    return "MAINTAIN" if role.knows_maintain else None


def monitor_grant(role: str) -> str:
    """Return how a role comes to see all statistics."""
    return f"GRANT pg_monitor TO {quoted(role)}"


def quoted(name: str) -> str:
    """Return an identifier in double quotes, as any name may be written."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
