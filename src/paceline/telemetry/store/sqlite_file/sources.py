"""Where the links of a store come from: a file, or memory when there can be no file.

No connection is ever used in a process that it was not opened in: after a fork the child opens its own. A file that
vanishes is made again. A file that is damaged or foreign is left as it is, and a fresh one is begun beside it; a
`.broken` marker tells the other processes to move over as well.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from paceline.telemetry.store.sqlite_file import connections, schema

MEMORY_BYTES = 8 * 1024 * 1024
"""Most that a store in memory takes."""

_PAGE_BYTES = 4096
_IDLE_LINKS = 2
_MAX_FILES = 9
_inherited: list[connections.Link] = []
"""Links that came through a fork: kept for ever, because closing them would disturb the parent's file."""


class Source(Protocol):
    """Gives out links, one user at a time."""

    location: str
    persistent: bool

    @property
    def note(self) -> str | None:
        """Return why it is not the place that was asked for; None when it is."""
        ...

    def use(self) -> AbstractContextManager[connections.Link]:
        """Lend a link; sqlite3.Error or OSError if there is none to be had."""
        ...

    def log_bytes(self) -> int:
        """Return the size of what is kept beside the database's own pages."""
        ...

    def close(self) -> None:
        """Close idle links; the next use opens again."""
        ...


class FileSource:
    """Links to a file; idle ones are kept for the next user."""

    persistent = True

    def __init__(self, path: Path) -> None:
        self.location = str(path)
        self._wanted = path
        self._path = path
        self._passed_over: tuple[Path, str] | None = None
        self._condemned: dict[Path, str] = {}
        self._begin()

    @property
    def note(self) -> str | None:
        """Return which file was passed over and why, as long as it is still there."""
        if self._passed_over is None or not self._passed_over[0].exists():
            return None
        path, reason = self._passed_over
        return f"{path} {reason}; left as it is, using {self._path.name}. Move or delete the first file"

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._idle: list[connections.Link] = []

    @contextmanager
    def use(self) -> Generator[connections.Link, None, None]:
        """Lend a link to the file as it is now."""
        if os.getpid() != self._pid:
            _inherited.extend(self._idle)
            self._begin()
        link = self._take()
        try:
            yield link
        except sqlite3.Error as error:
            # Another thread may have moved on already: only the file this link belongs to is given up.
            if connections.is_damage(error) and link.origin == self._present():
                self._condemn(f"is damaged ({error})")
            if connections.is_read_only(error):
                link.origin = None  # it stays so, whatever becomes of the file's permissions: the next use opens anew
            raise
        finally:
            self._give_back(link)

    def _take(self) -> connections.Link:
        with self._lock:
            while self._idle:
                link = self._idle.pop()
                if link.origin == self._present():
                    return link
                link.connection.close()
            return self._open()

    def _give_back(self, link: connections.Link) -> None:
        if os.getpid() != self._pid:  # the block forked; this is the child, which never touches the parent's link
            _inherited.append(link)
            return
        with self._lock:
            if len(self._idle) < _IDLE_LINKS:  # whether it still belongs to the file is looked at when it is taken
                self._idle.append(link)
            else:
                link.connection.close()

    def _present(self) -> tuple[int, int] | None:
        """Return which file is at the path now, None if none is or if it was given up."""
        if self._is_condemned(self._path):
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _is_condemned(self, path: Path) -> bool:
        return path in self._condemned or _marker(path).exists()

    def _open(self) -> connections.Link:
        passed_over = None
        for path in _candidates(self._wanted):
            if self._is_condemned(path):
                passed_over = passed_over or (path, self._condemned.get(path, "is damaged"))
                continue
            try:
                link = _open_file(path)
            except schema.UnfitFile as unfit:
                passed_over = passed_over or (path, str(unfit))
                continue
            self._path = path
            self.location = str(path)
            self._passed_over = passed_over
            return link
        raise sqlite3.DatabaseError(f"{self._wanted} and {_MAX_FILES - 1} more cannot be used: move or delete them")

    def _condemn(self, reason: str) -> None:
        """Mark the file, so that this and every other process goes to the next one."""
        self._condemned[self._path] = reason
        try:
            _marker(self._path).touch(mode=0o600)
        except OSError:
            return  # a folder that takes no marker: the others find the damage themselves

    def log_bytes(self) -> int:
        """Return the size of the write-ahead log."""
        try:
            return Path(f"{self._path}-wal").stat().st_size
        except OSError:
            return 0

    def close(self) -> None:
        """Close idle links; those in use stay until they are given back."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            while self._idle:
                self._idle.pop().connection.close()


class MemorySource:
    """One link to a database in memory, used by one thread at a time; a child process begins an empty one."""

    persistent = False
    location = "memory"

    def __init__(self, note: str | None) -> None:
        self.note = note
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._link: connections.Link | None = None

    @contextmanager
    def use(self) -> Generator[connections.Link, None, None]:
        """Lend the link."""
        if os.getpid() != self._pid:
            self._begin()
        with self._lock:
            if self._link is None:
                connection = connections.connect(":memory:", max_pages=MEMORY_BYTES // _PAGE_BYTES)
                schema.prepare(connection)
                self._link = connections.Link(connection, "memory")
            yield self._link

    def log_bytes(self) -> int:
        """Return 0: all pages are the database's own."""
        return 0

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            if self._link is not None:
                self._link.connection.close()
                self._link = None


def in_use(path: Path) -> Path:
    """Return the file that processes write to for a path: itself, or the next to one that was found damaged."""
    return next((one for one in _candidates(path) if not _marker(one).exists()), path)


def _candidates(path: Path) -> Iterator[Path]:
    yield path
    for number in range(2, _MAX_FILES + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _marker(path: Path) -> Path:
    return path.with_name(path.name + ".broken")


def _open_file(path: Path) -> connections.Link:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _make(path)
    connection = connections.connect(str(path))
    try:
        _prepare_patiently(connection)
        found = path.stat()
    except sqlite3.DatabaseError as error:
        connection.close()
        if connections.is_damage(error):
            raise schema.UnfitFile(f"is not a sound SQLite file ({error})") from error
        raise
    except (OSError, schema.UnfitFile):
        connection.close()
        raise
    return connections.Link(connection, (found.st_dev, found.st_ino))


def _make(path: Path) -> None:
    # Opening and closing an existing file by hand would drop this process's locks on it (POSIX), hence O_EXCL.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return


def _prepare_patiently(connection: sqlite3.Connection) -> None:
    """Try again while another process makes the tables: the change to WAL does not wait for locks by itself."""
    end = time.monotonic() + connections.BUSY_S
    while True:
        try:
            return schema.prepare(connection)
        except sqlite3.OperationalError as error:
            if not connections.is_busy(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
