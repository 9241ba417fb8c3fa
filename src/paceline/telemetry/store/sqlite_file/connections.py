"""A link: one SQLite connection, what it remembers of the file, and its transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from paceline.telemetry import window

BUSY_S = 0.4
"""How long a statement waits for another process's lock: a flush must not be held for long."""

ROWS_AT_ONCE = 100
"""Rows of one `insert`: their values stay below the 999 parameters that SQLite before 3.32 takes."""

MAX_REMEMBERED = 10_000
"""Keys a link remembers; more than the caps on keys allow in one process."""


class Link:
    """A connection and its memory of ids, which holds for one generation of the file (`clear` begins a new one)."""

    __slots__ = ("cleared", "connection", "generation", "ids", "keys", "origin", "workers")

    def __init__(self, connection: sqlite3.Connection, origin: object) -> None:
        self.connection = connection
        self.origin = origin
        self.generation = -1
        self.ids: dict[int, dict[window.Key, int]] = {}
        self.keys: dict[int, tuple[int, window.Key]] = {}
        self.workers: dict[str, int] = {}
        self.cleared: dict[str, int] = {}

    def forget(self) -> None:
        """Forget every id: they may belong to a transaction that was rolled back."""
        self.generation = -1
        for memory in (self.ids, self.keys, self.workers, self.cleared):
            memory.clear()

    def enter(self, generation: int) -> None:
        """Forget what belongs to another generation of the file."""
        if generation != self.generation:
            self.forget()
            self.cleared.update(self.connection.execute("SELECT kind, at_ms FROM cleared"))
            self.generation = generation


def connect(database: str, *, max_pages: int | None = None) -> sqlite3.Connection:
    """Return a connection in autocommit mode, usable from any one thread at a time."""
    connection = sqlite3.connect(
        database, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=200
    )
    if max_pages is not None:
        connection.execute(f"PRAGMA max_page_count = {max_pages:d}")
    return connection


@contextmanager
def transaction(link: Link, *, writing: bool) -> Generator[sqlite3.Connection, None, None]:
    """Run the block in one transaction: all of it happens, or nothing. A reading one sees one state of the file."""
    connection = link.connection
    connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        link.forget()
        if connection.in_transaction:  # not when the disk is full: SQLite has then rolled back by itself
            connection.execute("ROLLBACK")
        raise


def insert(link: Link, head: str, rows: Sequence[tuple[object, ...]], tail: str = "") -> None:
    """Run `head VALUES (...), (...) tail` for all rows, a hundred to a statement.

    `executemany` would give the interpreter lock away twice a row, and a busy application keeps it for 5 ms each time.
    """
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        one = f"({', '.join('?' * len(part[0]))})"
        statement = f"{head} VALUES {', '.join([one] * len(part))} {tail}"
        link.connection.execute(statement, [value for row in part for value in row])


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether the file itself is bad."""
    return _code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_busy(error: sqlite3.Error) -> bool:
    """Return whether another process holds a lock for too long."""
    return _code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_full(error: sqlite3.Error) -> bool:
    """Return whether the disk, or the bound on the database, is full."""
    return _code(error) == sqlite3.SQLITE_FULL


def is_read_only(error: sqlite3.Error) -> bool:
    """Return whether the file could not be written when this connection opened it."""
    return _code(error) == sqlite3.SQLITE_READONLY


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code; 0 for errors that Python's module raises itself."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
