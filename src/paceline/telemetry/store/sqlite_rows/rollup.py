"""Roll-ups: 2 s rows of all workers become minute rows, minute rows become hour rows, a few keys at a time.

A minute is sealed first (no writer adds to it any more), then its rows are merged key by key in batches, and the
watermark moves past it with the last batch; readers use coarse rows only before the watermark. Coarse rows are
always made from all their finer rows and replace what is there, so a batch that is done twice, by two processes or
after a crash, comes to the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from paceline.telemetry import window
from paceline.telemetry.store import retention
from paceline.telemetry.store.sqlite_file import connections
from paceline.telemetry.store.sqlite_rows import marks, merging, reading

GRACE_MS = 10_000
"""A minute is rolled up when it has been over for this long: windows are flushed every 2 s, some come late."""

_BYTES_PER_MS = 2_500
"""Encoded histograms that are merged in a millisecond (measured, slow machine)."""
_ROW_BYTES = 20
"""What a row costs beside its histogram, in the same currency."""

MERGED = 0
"""Worker of rows that are rolled up."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one interval that are merged in one go, and the marks that must still stand when they are written."""

    state: marks.Marks
    source: int
    target: int
    at_ms: int
    last_key: int
    finished: bool


def is_due(link: connections.Link, now_ms: int) -> bool:
    """Return whether a minute or an hour waits to be merged."""
    state = marks.load(link.connection)
    return _rolling(state) or _finished(now_ms) > state.minute_ms or _due_hour(link, state) is not None


def choose(link: connections.Link, now_ms: int, budget_ms: int) -> Batch | None:
    """Seal the next minute if none is sealed (inside a writing transaction); return the next batch, None if none is."""
    state = marks.load(link.connection)
    if not _rolling(state):
        state = _seal(link, state, _finished(now_ms))
    if _rolling(state):
        return _batch(link, state, (retention.FINE_MS, retention.MINUTE_MS, state.minute_ms), budget_ms)
    hour = _due_hour(link, state)
    if hour is None:
        return None
    return _batch(link, state, (retention.MINUTE_MS, retention.HOUR_MS, hour), budget_ms)


def merge(link: connections.Link, batch: Batch) -> list[tuple[int, merging.Slice]]:
    """Return the merged slice of each key; needs no lock, because finished rows do not change."""
    first = batch.state.minute_key if batch.target == retention.MINUTE_MS else batch.state.hour_key
    parts: defaultdict[int, list[merging.Slice]] = defaultdict(list)
    for key, *values in link.connection.execute(
        """SELECT key, count, sum, max, buckets FROM slice
        WHERE res = ? AND ts >= ? AND ts < ? AND key > ? AND key <= ?""",
        (batch.source, batch.at_ms, batch.at_ms + batch.target, first, batch.last_key),
    ):
        parts[key].append((values[0], values[1], values[2], values[3]))
    return [(key, merging.merged(slices)) for key, slices in parts.items()]


def keep(link: connections.Link, batch: Batch, rows: list[tuple[int, merging.Slice]]) -> None:
    """Write the merged rows (inside a writing transaction), unless another process was faster or rows were cleared."""
    if marks.load(link.connection) != batch.state:
        return
    link.connection.executemany(
        "INSERT OR REPLACE INTO slice VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(batch.target, batch.at_ms, MERGED, key, *value) for key, value in rows],
    )
    name = "minute" if batch.target == retention.MINUTE_MS else "hour"
    if not batch.finished:
        marks.store(link.connection, **{f"{name}_key": batch.last_key})
        return
    end_ms = batch.at_ms + batch.target
    link.connection.execute(
        f"INSERT OR REPLACE INTO gauge SELECT ?6, ?4, key, last, low, high, total, n FROM ({reading.GAUGES})",  # noqa: S608  # our own query
        (batch.at_ms, batch.target, batch.source, batch.at_ms, end_ms, batch.target),
    )
    if name == "hour":
        _touch_keys(link, batch.at_ms)
    marks.store(link.connection, **{f"{name}_ms": end_ms, f"{name}_key": 0})


def _rolling(state: marks.Marks) -> bool:
    return state.sealed_ms > state.minute_ms


def _finished(now_ms: int) -> int:
    return window.grid(now_ms - GRACE_MS, retention.MINUTE_MS)


def _seal(link: connections.Link, state: marks.Marks, finished_ms: int) -> marks.Marks:
    """Seal the first finished minute that has rows; without one, move the watermark over the empty time."""
    if finished_ms <= state.minute_ms:
        return state
    first = _first(link, retention.FINE_MS, state.minute_ms)
    if first is None and not state.minute_ms:
        return state
    if first is None or first >= finished_ms:
        marks.store(link.connection, minute_ms=finished_ms, sealed_ms=finished_ms, minute_key=0)
    else:
        at_ms = window.grid(first, retention.MINUTE_MS)
        marks.store(link.connection, minute_ms=at_ms, sealed_ms=at_ms + retention.MINUTE_MS, minute_key=0)
    return marks.load(link.connection)


def _due_hour(link: connections.Link, state: marks.Marks) -> int | None:
    """Return the first hour that has minute rows and is over, if all its minutes are rolled up."""
    if state.hour_ms + retention.HOUR_MS > state.minute_ms:
        return None
    first = _first(link, retention.MINUTE_MS, state.hour_ms)
    hour = None if first is None else window.grid(first, retention.HOUR_MS)
    return hour if hour is not None and hour + retention.HOUR_MS <= state.minute_ms else None


def _first(link: connections.Link, res: int, since_ms: int) -> int | None:
    """Return the time of the first row of a grid from a moment on."""
    return link.connection.execute(
        """SELECT min(ts) FROM (SELECT min(ts) AS ts FROM slice WHERE res = ?1 AND ts >= ?2
        UNION ALL SELECT min(ts) FROM gauge WHERE res = ?1 AND ts >= ?2)""",
        (res, since_ms),
    ).fetchone()[0]


def _batch(link: connections.Link, state: marks.Marks, task: tuple[int, int, int], budget_ms: int) -> Batch:
    """Return as many of the remaining keys as the budget allows, at least one."""
    source, target, at_ms = task
    done = state.minute_key if target == retention.MINUTE_MS else state.hour_key
    costs = link.connection.execute(
        """SELECT key, sum(length(buckets)) + count(*) * ? FROM slice
        WHERE res = ? AND ts >= ? AND ts < ? AND key > ? GROUP BY key ORDER BY key""",
        (_ROW_BYTES, source, at_ms, at_ms + target, done),
    ).fetchall()
    spent, last_key = 0, done
    for number, (key, cost) in enumerate(costs):
        spent += cost or _ROW_BYTES
        if number and spent > budget_ms * _BYTES_PER_MS:
            return Batch(state, source, target, at_ms, last_key, finished=False)
        last_key = key
    return Batch(state, source, target, at_ms, last_key, finished=True)


def _touch_keys(link: connections.Link, at_ms: int) -> None:
    """Note that these keys were in use in this hour, so that retention leaves them."""
    link.connection.execute(
        """UPDATE key SET last_ms = max(last_ms, ?1) WHERE id IN (
        SELECT key FROM slice WHERE res = ?2 AND ts = ?1 UNION SELECT key FROM gauge WHERE res = ?2 AND ts = ?1)""",
        (at_ms, retention.HOUR_MS),
    )
