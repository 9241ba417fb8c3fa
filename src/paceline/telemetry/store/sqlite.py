"""The store in a SQLite file (WAL), shared by the processes of one service on one machine; or in memory without one."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from paceline import clock as clocks
from paceline import errors
from paceline.telemetry import snapshot, traces, window
from paceline.telemetry.store import interface
from paceline.telemetry.store import retention as retentions
from paceline.telemetry.store.sqlite_file import access, connections, sources
from paceline.telemetry.store.sqlite_rows import expiry, lease, ledger, reading, rollup, writing

_COUNTED_BYTES = 64 * 1024 * 1024
"""Up to this size rows are counted for `status`; counting reads every page."""

_SEEN_MS = 62_000
_UNUSABLE = "{} cannot be used ({}): kept in memory only. Make it writable, or set another URL"


class SqliteStore(ledger.Ledger, lease.Lease):
    """Windows in, snapshots out; any thread of any process may call any method at any time."""

    def __init__(
        self, source: sources.Source, *, retention: retentions.Retention, max_bytes: int, clock: clocks.Clock
    ) -> None:
        super().__init__(source, clock)
        self._retention = retention
        self._max_bytes = max_bytes
        self._unwritten: str | None = None

    def write(self, part: window.Window) -> None:
        """Add a window in one transaction; one that comes late merges, it never overwrites."""
        try:
            with self._transaction(writing=True) as link:
                writing.write(link, part, events=self._retention.events)
        except errors.StoreError as problem:
            self._unwritten = str(problem)
            raise
        self._unwritten = None

    def read(self, wanted: interface.Range) -> snapshot.Snapshot:
        """Return everything in the range, merged, from the finest rows that still exist."""
        with self._transaction(writing=False) as link:
            return reading.read(link, wanted)

    def steps(self, wanted: interface.Range, step_ms: int) -> Sequence[snapshot.Snapshot]:
        """Return the range cut into equal steps, oldest first; UsageError for more than 5 000."""
        with self._transaction(writing=False) as link:
            return reading.steps(link, wanted, step_ms)

    def texts(self, fingerprints: Sequence[str] | None = None) -> Mapping[str, str]:
        """Return normalised statement texts by fingerprint (None: all)."""
        with self._transaction(writing=False) as link:
            return reading.texts(link, fingerprints)

    def events(
        self, kind: str, *, since_ms: int, after_id: int = 0, limit: int = 100
    ) -> Sequence[interface.StoredEvent]:
        """Return events of one kind, newest first."""
        rows = self._rows(
            """SELECT id, kind, at_ms, worker, body FROM event
            WHERE kind = ? AND id > ? AND at_ms >= ? ORDER BY id DESC LIMIT ?""",
            (kind, after_id, since_ms, limit),
        )
        return [
            interface.StoredEvent(number, name, at_ms, worker, access.from_json(body))
            for number, name, at_ms, worker, body in rows
        ]

    def traces(
        self,
        *,
        since_ms: int,
        route: str | None = None,
        worker: str | None = None,
        sort: str = "time",
        limit: int = 100,
        before: str | None = None,
    ) -> Sequence[traces.Trace]:
        """Return kept traces, newest or longest first; `before` is a trace id to go on from (nothing if it is gone)."""
        rows = self._rows(
            reading.TRACES[sort],
            {"since": since_ms, "route": route, "worker": worker, "before": before, "limit": limit},
        )
        return [traces.Trace.from_json(json.loads(body)) for (body,) in rows]

    def trace(self, trace_id: str) -> traces.Trace | None:
        """Return one kept trace."""
        rows = self._rows("SELECT body FROM trace WHERE trace_id = ?", (trace_id,))
        return traces.Trace.from_json(json.loads(rows[0][0])) if rows else None

    def keep_events(self, count: int) -> None:
        """Keep that many slow statements, and slow responses, from now on; a store in memory keeps at most its own."""
        most = count if self._source.persistent else min(count, retentions.IN_MEMORY.events)
        self._retention = dataclasses.replace(self._retention, events=most)

    def clear(self, kinds: Sequence[str], at_ms: int) -> int:
        """Forget what is kept of these kinds; return the rows removed.

        It is out of sight at once; the rows of a large store are then deleted in many short transactions.
        """
        with self._transaction(writing=True) as link:
            numbers, gone = writing.forget(link, kinds, at_ms)
        if not numbers:
            return gone
        with self._link() as link:
            parts = list(writing.erasures(link))
        for table, part in parts:
            with self._transaction(writing=True) as link:
                gone += writing.erase(link, table, part, numbers)
        return gone

    def roll_up(self, budget_ms: int = 5) -> bool:
        """Merge finished minutes and hours into coarser rows for about `budget_ms`; return whether work is left."""
        now_ms = self._clock.now_ms()
        with self._link() as link:
            if not rollup.is_due(link, now_ms):
                return False
            with connections.transaction(link, writing=True):
                batch = rollup.choose(link, now_ms, budget_ms)
            if batch is None:
                return False
            rows = rollup.merge(link, batch)
            with connections.transaction(link, writing=True):
                rollup.keep(link, batch, rows)
            return rollup.is_due(link, now_ms)

    def retain(self, budget_ms: int = 5) -> bool:
        """Delete rows beyond age or bytes for about `budget_ms`; return whether work is left."""
        now_ms, end_ns = self._clock.now_ms(), self._clock.monotonic_ns() + budget_ms * 1_000_000
        with self._transaction(writing=True) as link:
            for act in expiry.ACTS:
                act(link, self._retention, now_ms)
            more = expiry.make_room(link, self._max_bytes)
        while True:
            with self._transaction(writing=True) as link:
                left = expiry.delete_old(link, self._retention, now_ms)
            with self._link() as link:
                left = expiry.give_back(link) or left
            if not left or self._clock.monotonic_ns() >= end_ns:
                return left or more

    def status(self) -> interface.Status:
        """Return how the store is; rows are counted only while the store is small."""
        now_ms = self._clock.now_ms()
        with self._transaction(writing=False) as link:
            run = link.connection.execute
            pages, page_bytes = run("PRAGMA page_count").fetchone()[0], run("PRAGMA page_size").fetchone()[0]
            workers = run("SELECT name FROM worker WHERE last_ms >= ? ORDER BY name", (now_ms - _SEEN_MS,)).fetchall()
            holder = run("SELECT holder FROM lease WHERE expires_ms > ?", (now_ms,)).fetchone()
            rows = _counts(link) if pages * page_bytes <= _COUNTED_BYTES else {}
        return interface.Status(
            self._source.location,
            self._source.persistent,
            pages * page_bytes + self._source.log_bytes(),
            self._max_bytes,
            tuple(name for (name,) in workers),
            holder and holder[0],
            rows,
            self._source.note or self._unwritten,
        )

    def close(self) -> None:
        """Close idle connections; the store can be opened again."""
        self._source.close()


def _counts(link: connections.Link) -> dict[str, int]:
    tables = ("slice", "gauge", "key", "text", "event", "trace", "job", "journal", "proof")
    union = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)  # noqa: S608
    return dict(link.connection.execute(union).fetchall())


def open_url(url: str, *, retention: retentions.Retention, max_bytes: int, clock: clocks.Clock) -> SqliteStore:
    """Return the store at `sqlite:///relative/path`, `sqlite:////absolute/path` or `sqlite://` (memory)."""
    text = unquote(url.partition("://")[2].partition("?")[0])
    if text in {"", "/", "/:memory:"}:
        return open_memory(None, clock=clock)
    place = text.removeprefix("/")
    try:
        source = sources.FileSource(Path(place).expanduser().absolute())
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: `~` without a home
        return open_memory(_UNUSABLE.format(place, error), clock=clock)
    try:
        with source.use():
            pass
    except (OSError, sqlite3.Error, ValueError) as error:
        if not (isinstance(error, sqlite3.Error) and connections.is_busy(error)):
            return open_memory(_UNUSABLE.format(place, error), clock=clock)
    return SqliteStore(source, retention=retention, max_bytes=max_bytes, clock=clock)


def open_memory(note: str | None, *, clock: clocks.Clock) -> SqliteStore:
    """Return a store in memory of at most 8 MB, which keeps less and for a shorter time; `note` says why."""
    source = sources.MemorySource(note)
    return SqliteStore(source, retention=retentions.IN_MEMORY, max_bytes=sources.MEMORY_BYTES * 3 // 4, clock=clock)
