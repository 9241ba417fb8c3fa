"""A short session with the database: connect, ask, leave. The application's pool is never used.

A question runs in a thread of its own, because looking up a host, connecting and waiting for rows can each hang for
longer than anybody wants to wait, and only the last can be bounded by the server. When the time is up the caller gets
an error at once; the thread's socket is shut down, so that it ends as well.

Everything runs in a read-only transaction whose settings are local to it: through PgBouncer in transaction mode nothing
of ours stays behind in the server's session. A refused statement ends the transaction; the next one opens another.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from paceline import errors
from paceline.postgres import refusals, settings, sql_files

if TYPE_CHECKING:
    import psycopg

Answer = TypeVar("Answer")
Row = Mapping[str, Any]

APPLICATION_NAME = "paceline"
LOCK_TIMEOUT_MS = 500
"""Our statements read catalogues; if one has to wait for a lock, somebody's DDL runs, and we go on without it."""
_STATEMENT_SHARE = 0.4
"""Part of the whole time that one statement may take, so that a slow part leaves time for the others."""
_LEAST_CONNECT_S = 2
"""libpq takes no shorter connect_timeout: https://www.postgresql.org/docs/current/libpq-connect.html."""

_BEGIN = """select pg_catalog.set_config('search_path', 'pg_catalog', true),
    pg_catalog.set_config('statement_timeout', %(statement_ms)s, true),
    pg_catalog.set_config('lock_timeout', %(lock_ms)s, true)"""


@dataclass(frozen=True, slots=True)
class Target:
    """A database, and how long a question to it may take as a whole (seconds)."""

    dsn: str = field(repr=False)
    timeout_s: float


def target_of(wanted: settings.PostgresSettings) -> Target:
    """Return the database that the settings name.

    Raises:
        DatabaseError: they name none.
    """
    if wanted.dsn is None:
        raise errors.DatabaseError(refusals.NO_DSN)
    return Target(wanted.dsn, wanted.database_timeout_seconds)


def ask(target: Target, question: Callable[[Session], Answer]) -> Answer:
    """Return the answer to a question; what it raises is raised here.

    Raises:
        MissingExtra: psycopg is not installed.
        DatabaseError: the database cannot be reached, or does not answer in time.
    """
    _driver()
    asked = _Asked(target, question)
    # A daemon: a host that ends does not wait for a server that hangs.
    thread = threading.Thread(target=asked.run, name="paceline-database", daemon=True)
    thread.start()
    thread.join(target.timeout_s)
    if thread.is_alive():
        asked.abandon()
        raise refusals.too_slow(where(target.dsn), target.timeout_s)
    return asked.answer()


def where(dsn: str) -> str:
    """Return server and database of a connection string for people: `db.example.com:5432/shop`.

    Raises:
        DatabaseError: libpq cannot read it; the message does not repeat it.
    """
    words = _words(dsn)
    host = words.get("host") or words.get("hostaddr") or os.environ.get("PGHOST") or "/"
    port = words.get("port") or os.environ.get("PGPORT") or "5432"
    database = words.get("dbname") or os.environ.get("PGDATABASE") or words.get("user") or "?"
    # A folder is where the socket is; which one is nobody's business but the machine's.
    server = "the local socket" if host.startswith(("/", "@")) else f"{host}:{port}"
    return f"{server}/{database}"


class Session:
    """An open session; for the thread of the question only."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]], target: Target, deadline: float) -> None:
        self.target = target
        self._connection = connection
        self._deadline = deadline
        self._begun = False

    def rows(self, name: str, parameters: Mapping[str, object] | None = None, **schemas: str) -> list[Row]:
        """Return the rows of a statement of `queries/`.

        Args:
            name: the statement's file, without `.sql`.
            parameters: by name, bound by the server.
            **schemas: quoted names for `{name}` in the text, for extensions that may be in any schema.

        Raises:
            Refused: the server refuses the statement, or no time is left for it; the session goes on.
            DatabaseError: the connection broke.
        """
        text = sql_files.statement(name)
        return self._executed(text.format(**schemas) if schemas else text, parameters)

    def _executed(self, text: str, parameters: Mapping[str, object] | None) -> list[Row]:
        driver = _driver()
        if time.monotonic() + self.target.timeout_s * _STATEMENT_SHARE > self._deadline:
            raise refusals.Refused(f"the {self.target.timeout_s:g} s of the whole question were used up before it")
        try:
            if not self._begun:
                limits = {"statement_ms": str(self._statement_ms()), "lock_ms": str(LOCK_TIMEOUT_MS)}
                self._connection.execute(_BEGIN, limits)
                self._begun = True
            return cast("list[Row]", self._connection.execute(text.encode(), parameters).fetchall())
        except driver.Error as error:
            if self._connection.closed:
                raise refusals.broke_off(where(self.target.dsn)) from None
            self._begun = False
            with contextlib.suppress(driver.Error):
                self._connection.rollback()
            raise refusals.refused(error.sqlstate) from None

    def _statement_ms(self) -> int:
        return round(self.target.timeout_s * _STATEMENT_SHARE * 1_000)


class _Asked(Generic[Answer]):
    """One question on its way: run in its thread, waited for and perhaps abandoned in the caller's."""

    def __init__(self, target: Target, question: Callable[[Session], Answer]) -> None:
        self._target = target
        self._question = question
        self._deadline = time.monotonic() + target.timeout_s
        self._lock = threading.Lock()
        self._abandoned = False
        self._wire: socket.socket | None = None
        self._answers: list[Answer] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            connection = _connect(self._target)
            try:
                if self._connected(connection):
                    self._answers.append(self._question(Session(connection, self._target, self._deadline)))
            finally:
                connection.close()
                self._hang_up()
        except BaseException as error:  # raised again in the caller's thread
            self._error = error

    def answer(self) -> Answer:
        if isinstance(self._error, errors.PacelineError):
            # Its line says it all, and the frames below hold the password, which some reporters of errors would show.
            raise self._error.with_traceback(None)
        if self._error is not None:
            raise self._error
        return self._answers[0]

    def abandon(self) -> None:
        """Cut the wire, which wakes the thread; it closes by itself what it is about to open."""
        with self._lock:
            self._abandoned = True
            if self._wire is not None:
                with contextlib.suppress(OSError):
                    self._wire.shutdown(socket.SHUT_RDWR)

    def _connected(self, connection: psycopg.Connection[dict[str, Any]]) -> bool:
        """Keep a handle of the socket for `abandon`; tell whether somebody still waits."""
        with self._lock:
            # A copy of ours: its number cannot be given to another file while we hold it.
            self._wire = socket.socket(fileno=os.dup(connection.fileno()))
            return not self._abandoned

    def _hang_up(self) -> None:
        with self._lock:
            if self._wire is not None:
                self._wire.close()
                self._wire = None


def _connect(target: Target) -> psycopg.Connection[dict[str, Any]]:
    driver = _driver()
    from psycopg import rows

    words = {
        **_words(target.dsn),
        "connect_timeout": max(_LEAST_CONNECT_S, int(target.timeout_s)),
        "application_name": APPLICATION_NAME,
        # A database in SQL_ASCII would give bytes for every name.
        "client_encoding": "UTF8",
    }
    try:
        connection = driver.connect(**words, prepare_threshold=None, row_factory=rows.dict_row)
    except (driver.Error, UnicodeError) as error:
        raise refusals.unreachable(where(target.dsn), str(error)) from None
    connection.read_only = True
    return connection


def _words(dsn: str) -> dict[str, Any]:
    driver = _driver()
    from psycopg import conninfo

    try:
        return dict(conninfo.conninfo_to_dict(dsn))
    except (driver.Error, UnicodeError):
        # libpq's message quotes the place it cannot read, which may be in the middle of the password.
        raise errors.DatabaseError(
            "dsn cannot be read: write it like postgresql://user@host:5432/database, with special characters in a "
            "password as %40 and the like"
        ) from None


def _driver() -> Any:
    """Return psycopg, imported when first used."""
    try:
        import psycopg
    except ImportError:
        raise errors.MissingExtra("postgres", "questions to the database") from None
    return psycopg
