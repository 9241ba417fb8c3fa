"""How far roll-ups and retention have come, and from which grids a range is read because of it.

Rows of a finer grid stay beside the coarser rows made from them, for as long as retention says. A reader takes every
moment from exactly one grid: whole hours that are rolled up from hours, whole minutes from minutes, the rest from the
2 s rows. Where finer rows are gone, the ends of the range move outwards to the grid that is left.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from paceline.telemetry import window
from paceline.telemetry.store import retention


@dataclass(frozen=True, slots=True)
class Marks:
    """The state of the file, in UTC epoch milliseconds; a row of `mark` in the order of its columns."""

    generation: int
    """Grows when ids are removed; whoever remembers ids of another generation forgets them."""
    sealed_ms: int
    """No window is written before this: it is later than `minute_ms` while that minute is being rolled up."""
    minute_ms: int
    """Everything before this is in the minute rows."""
    minute_key: int
    """Keys up to this one of the minute that begins at `minute_ms` are rolled up."""
    hour_ms: int
    """Everything before this is in the hour rows."""
    hour_key: int
    fine_floor_ms: int
    """2 s rows before this are gone, or going."""
    minute_floor_ms: int
    pruned_ms: int
    """When unused keys were last removed."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a range, read from the rows of one grid."""

    res: int
    since_ms: int
    until_ms: int


def load(connection: sqlite3.Connection) -> Marks:
    """Return the marks as the running transaction sees them."""
    row = connection.execute("SELECT * FROM mark").fetchone()
    return Marks(*row[1:10])


def store(connection: sqlite3.Connection, **values: int) -> None:
    """Set some marks; names are fields of `Marks`."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(f"UPDATE mark SET {columns}", values)  # noqa: S608  # the names are ours


def plan(marks: Marks, since_ms: int, until_ms: int, coarsest_ms: int = retention.HOUR_MS) -> list[Segment]:
    """Return the segments that make up a range, oldest first; together they have no gap and no overlap.

    `coarsest_ms` limits the grid to what the reader can use, as far as finer rows are still there.
    """
    grids = (
        (retention.HOUR_MS, marks.hour_ms if coarsest_ms >= retention.HOUR_MS else marks.minute_floor_ms),
        (retention.MINUTE_MS, marks.minute_ms if coarsest_ms >= retention.MINUTE_MS else marks.fine_floor_ms),
        (retention.FINE_MS, 0),
    )
    return _cut(grids, *_outwards(marks, since_ms, until_ms))


def _outwards(marks: Marks, since_ms: int, until_ms: int) -> tuple[int, int]:
    """Return the ends of the range moved outwards to the grid of the rows that are there."""
    since, until = window.grid(since_ms), _up(until_ms, retention.FINE_MS)
    for floor_ms, res in ((marks.fine_floor_ms, retention.MINUTE_MS), (marks.minute_floor_ms, retention.HOUR_MS)):
        if since < floor_ms:
            since = window.grid(since, res)
        if until < floor_ms:
            until = _up(until, res)
    return since, until


def _cut(grids: Sequence[tuple[int, int]], since: int, until: int) -> list[Segment]:
    """Return the whole intervals of the first grid, up to its limit, and what finer grids have around them."""
    if since >= until:
        return []
    (res, limit_ms), *finer = grids
    if not finer:
        return [Segment(res, since, until)]
    first, last = _up(since, res), window.grid(min(until, limit_ms), res)
    if first >= last:
        return _cut(finer, since, until)
    return [*_cut(finer, since, first), Segment(res, first, last), *_cut(finer, last, until)]


def _up(at_ms: int, res: int) -> int:
    return -window.grid(-at_ms, res)
