"""A look at a store's file from outside: nothing is made, changed or moved, whatever it is."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paceline import errors
from paceline.telemetry.store.sqlite_file import connections, schema


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that has written: its name and when it was seen first and last (UTC epoch milliseconds)."""

    name: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file says about itself."""

    is_store: bool
    """Whether paceline made it; all that follows is empty if not."""
    major: int = 0
    minor: int = 0
    newest_ms: int | None = None
    """Start of the newest window, None when there is none."""
    writers: tuple[Writer, ...] = ()
    """The last 50, newest first."""
    lease_holder: str | None = None
    lease_expires_ms: int = 0
    live_settings: Mapping[str, object] | None = None


def inspect(path: Path) -> FileFacts:
    """Return what a file says about itself; StoreError when it cannot be read as SQLite."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=connections.BUSY_S)
        ) as connection:
            return _facts(connection)
    except sqlite3.Error as error:
        raise errors.StoreError(f"{path} cannot be read ({error})") from error


def _facts(connection: sqlite3.Connection) -> FileFacts:
    run = connection.execute
    version = run("PRAGMA user_version").fetchone()[0]
    if run("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
        return FileFacts(is_store=False)
    major, minor = divmod(version, 1_000)
    if major != schema.MAJOR:
        return FileFacts(is_store=True, major=major, minor=minor)
    writers = run("SELECT name, first_ms, last_ms FROM worker ORDER BY last_ms DESC LIMIT 50").fetchall()
    holder, expires_ms = run("SELECT holder, expires_ms FROM lease").fetchone() or (None, 0)
    return FileFacts(
        is_store=True,
        major=major,
        minor=minor,
        newest_ms=run("SELECT max(ts) FROM slice WHERE res = (SELECT min(res) FROM slice)").fetchone()[0],
        writers=tuple(Writer(*row) for row in writers),
        lease_holder=holder,
        lease_expires_ms=expires_ms,
        live_settings={name: json.loads(value) for name, value in run("SELECT name, value FROM setting")},
    )
