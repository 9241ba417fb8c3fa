"""The tables of a SQLite store, and how a file is recognised as one.

A file carries our application id and `user_version` = major * 1000 + minor. A new major is a new file (old workers
keep theirs during a rolling deploy), a new minor only adds tables, so that both sides of a deploy can share the file.

Slices hold distributions and counters (`buckets` is NULL) of every grid: `res` is the grid and `ts` the start of the
interval, both in milliseconds. The order of the primary key is the order of every reader: by grid, then by time; the
worker stands before the key, because a writer asks "what have I written into this slot?". Roll-ups have worker 0.
"""

from __future__ import annotations

import sqlite3
from typing import Any

APPLICATION_ID = 0x70616365  # "pace"
MAJOR = 1
MINOR = 0

_TABLES = """
CREATE TABLE IF NOT EXISTS mark (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL DEFAULT 0,
    sealed_ms INTEGER NOT NULL DEFAULT 0,
    minute_ms INTEGER NOT NULL DEFAULT 0,
    minute_key INTEGER NOT NULL DEFAULT 0,
    hour_ms INTEGER NOT NULL DEFAULT 0,
    hour_key INTEGER NOT NULL DEFAULT 0,
    fine_floor_ms INTEGER NOT NULL DEFAULT 0,
    minute_floor_ms INTEGER NOT NULL DEFAULT 0,
    pruned_ms INTEGER NOT NULL DEFAULT 0
);
INSERT OR IGNORE INTO mark (id) VALUES (1);
CREATE TABLE IF NOT EXISTS worker (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    nature INTEGER NOT NULL,
    kind TEXT NOT NULL,
    labels TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    UNIQUE (nature, kind, labels)
);
CREATE TABLE IF NOT EXISTS slice (
    res INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    worker INTEGER NOT NULL,
    key INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    max INTEGER NOT NULL,
    buckets BLOB,
    PRIMARY KEY (res, ts, worker, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gauge (
    res INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    key INTEGER NOT NULL,
    last REAL NOT NULL,
    min REAL NOT NULL,
    max REAL NOT NULL,
    sum REAL NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (res, ts, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS text (
    fingerprint TEXT PRIMARY KEY, body TEXT NOT NULL, at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    worker TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_kind ON event (kind);
CREATE TABLE IF NOT EXISTS trace (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trace_id TEXT NOT NULL UNIQUE,
    at_ms INTEGER NOT NULL,
    route TEXT NOT NULL,
    size INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS trace_at ON trace (at_ms);
CREATE TABLE IF NOT EXISTS cleared (kind TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS control (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    action TEXT NOT NULL,
    arguments TEXT NOT NULL,
    worker TEXT,
    by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answer (
    command_id INTEGER NOT NULL,
    worker TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (command_id, worker)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (
    name TEXT PRIMARY KEY, value TEXT NOT NULL, by TEXT NOT NULL, at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    heartbeat_ms INTEGER NOT NULL,
    progress TEXT NOT NULL,
    result TEXT,
    by TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    by TEXT NOT NULL,
    action TEXT NOT NULL,
    arguments TEXT NOT NULL,
    result TEXT NOT NULL,
    undo TEXT
);
CREATE TABLE IF NOT EXISTS proof (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lease (
    name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires_ms INTEGER NOT NULL, preferred INTEGER NOT NULL
) WITHOUT ROWID;
"""

_PER_CONNECTION = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA cache_size = -1024",  # 1 MB a connection: the probe stays small
    "PRAGMA journal_size_limit = 4194304",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",  # a damaged page is an error, not a wrong number
)


class UnfitFile(Exception):
    """The file is not a store of this schema; the message says what it is."""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the connection ready, and the tables of a new file; UnfitFile (nothing was changed) if it is not ours."""
    if not _is_ours_now(connection):
        _create(connection)
    mode = _pragma(connection, "journal_mode")
    if mode not in {"wal", "memory"}:
        raise sqlite3.OperationalError(f"journal mode is {mode}, not wal: a network file system?")
    for pragma in _PER_CONNECTION:
        connection.execute(pragma)


def _is_ours_now(connection: sqlite3.Connection) -> bool:
    """Look at one state of the file: another process may be making the tables between two of our questions."""
    connection.execute("BEGIN")
    try:
        return _is_ours(connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Return whether the tables are there at this version, False if they are to be made."""
    application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    if application == APPLICATION_ID and version // 1_000 == MAJOR:
        return version % 1_000 >= MINOR
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application == version == tables == 0:
        return False
    if application == APPLICATION_ID:
        raise UnfitFile(f"has schema version {version // 1_000}, this is {MAJOR}")
    raise UnfitFile(f"belongs to another program (application id {application:#x})")


def _create(connection: sqlite3.Connection) -> None:
    # Free pages can be given back only if this is said before the first page is written.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _is_ours(connection):  # another process may have been first
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {MAJOR * 1_000 + MINOR}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]
