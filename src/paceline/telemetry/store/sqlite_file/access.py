"""Transactions on a store's source, with SQLite's errors turned into StoreError in this one place."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from paceline import clock, errors
from paceline.telemetry.store.sqlite_file import connections, sources


class Access:
    """What every part of a SQLite store stands on."""

    def __init__(self, source: sources.Source, time: clock.Clock) -> None:
        self._source = source
        self._clock = time

    @contextmanager
    def _link(self) -> Generator[connections.Link, None, None]:
        """Lend a link outside any transaction; StoreError for whatever goes wrong with the file."""
        try:
            with self._source.use() as link:
                yield link
        except sqlite3.Error as error:
            raise errors.StoreError(self._explain(error)) from error
        except OSError as error:
            raise errors.StoreError(f"telemetry store {self._source.location}: {error.strerror}") from error

    @contextmanager
    def _transaction(self, *, writing: bool) -> Generator[connections.Link, None, None]:
        with self._link() as link, connections.transaction(link, writing=writing):
            yield link

    def _explain(self, error: sqlite3.Error) -> str:
        where = f"telemetry store {self._source.location}"
        if connections.is_damage(error):
            return f"{where} is damaged ({error}): it is left as it is, the next write begins a fresh file"
        if connections.is_busy(error):
            return f"{where} is locked by another process for longer than {connections.BUSY_S} s: see who holds it"
        if connections.is_full(error):
            return f"{where} has no room ({error}): free disk space or lower max_store_bytes"
        return f"{where}: {error}; see `paceline doctor`"


def to_json(value: object) -> str:
    """Return JSON for a column; what is no JSON value is named by its type."""
    return json.dumps(value, default=lambda other: type(other).__name__)


def from_json(text: str) -> Mapping[str, object]:
    """Return the object that a column holds."""
    return json.loads(text)
