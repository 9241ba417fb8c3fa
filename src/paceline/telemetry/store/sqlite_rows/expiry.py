"""Retention: what is too old or too much goes, a little at a time, oldest and finest first.

A floor is raised before the rows below it are deleted, and readers stop at the floor, so that a range is never read
from half-deleted rows. Rows that are not rolled up yet never go.
"""

from __future__ import annotations

from collections.abc import Callable

from paceline.telemetry import window
from paceline.telemetry.store import retention
from paceline.telemetry.store.sqlite_file import connections
from paceline.telemetry.store.sqlite_rows import marks

_CHUNK_MS = {retention.FINE_MS: 10_000, retention.MINUTE_MS: retention.MINUTE_MS, retention.HOUR_MS: retention.HOUR_MS}
"""How much time one call deletes, by grid: some hundred rows of a busy service."""

_FREED_PAGES = 250
_SPARE_PAGES = 64
"""Free pages that stay in the file: they are used again soon."""
_PRUNE_MS = retention.HOUR_MS

Act = Callable[[connections.Link, retention.Retention, int], bool]
"""One small deletion (inside a writing transaction): (link, retention, now) to whether there may be more to do."""


def raise_floors(link: connections.Link, kept: retention.Retention, now_ms: int) -> bool:
    """Raise the floors to the ages that are kept; the deletions follow."""
    state = marks.load(link.connection)
    fine = min(window.grid(now_ms - kept.fine_ms, retention.MINUTE_MS), state.minute_ms)
    minute = min(window.grid(now_ms - kept.minute_ms, retention.HOUR_MS), state.hour_ms)
    if fine > state.fine_floor_ms or minute > state.minute_floor_ms:
        marks.store(
            link.connection,
            fine_floor_ms=max(fine, state.fine_floor_ms),
            minute_floor_ms=max(minute, state.minute_floor_ms),
        )
    return False


def delete_old(link: connections.Link, kept: retention.Retention, now_ms: int) -> bool:
    """Delete the oldest chunk of each grid that lies below its floor."""
    state = marks.load(link.connection)
    floors = {
        retention.FINE_MS: state.fine_floor_ms,
        retention.MINUTE_MS: state.minute_floor_ms,
        retention.HOUR_MS: window.grid(now_ms - kept.hour_ms, retention.HOUR_MS),
    }
    more = False
    for res, floor_ms in floors.items():
        more = _delete_chunk(link, res, floor_ms) or more
    return more


def _delete_chunk(link: connections.Link, res: int, floor_ms: int) -> bool:
    deleted = 0
    for table in ("slice", "gauge"):
        first = link.connection.execute(f"SELECT min(ts) FROM {table} WHERE res = ?", (res,)).fetchone()[0]  # noqa: S608
        if first is not None and first < floor_ms:
            deleted += link.connection.execute(
                f"DELETE FROM {table} WHERE res = ? AND ts < ?",  # noqa: S608  # one of two names
                (res, min(first + _CHUNK_MS[res], floor_ms)),
            ).rowcount
    return deleted > 0


def delete_traces(link: connections.Link, kept: retention.Retention, now_ms: int) -> bool:
    """Delete traces beyond their age, number or bytes; of bytes a tenth more, so that it does not happen every time."""
    connection = link.connection
    connection.execute("DELETE FROM trace WHERE at_ms < ?", (now_ms - kept.trace_ms,))
    connection.execute(
        "DELETE FROM trace WHERE id <= (SELECT id FROM trace ORDER BY id DESC LIMIT 1 OFFSET ?)", (kept.traces,)
    )
    total = connection.execute("SELECT coalesce(sum(size), 0) FROM trace").fetchone()[0]
    if total > kept.trace_bytes:
        connection.execute(
            """DELETE FROM trace WHERE id IN (SELECT id FROM (
            SELECT id, sum(size) OVER (ORDER BY id DESC) AS newer FROM trace) WHERE newer > ?)""",
            (kept.trace_bytes * 9 // 10,),
        )
    return False


def delete_control(link: connections.Link, kept: retention.Retention, now_ms: int) -> bool:
    """Delete commands, answers and jobs beyond their age or number; journal, proofs and live settings stay."""
    before = now_ms - kept.control_ms
    link.connection.execute("DELETE FROM control WHERE at_ms < ?", (before,))
    link.connection.execute("DELETE FROM answer WHERE at_ms < ?", (before,))
    link.connection.execute("DELETE FROM job WHERE max(heartbeat_ms, created_ms) < ?", (before,))
    link.connection.execute(
        "DELETE FROM job WHERE id IN (SELECT id FROM job ORDER BY created_ms DESC, id DESC LIMIT -1 OFFSET ?)",
        (kept.jobs,),
    )
    link.connection.execute("DELETE FROM cleared WHERE at_ms < ?", (before,))
    return False


def prune_names(link: connections.Link, kept: retention.Retention, now_ms: int) -> bool:
    """Once an hour, delete keys, texts and workers that no row has had for as long as hours are kept."""
    state = marks.load(link.connection)
    if state.pruned_ms <= now_ms < state.pruned_ms + _PRUNE_MS:
        return False
    connection, before = link.connection, now_ms - kept.hour_ms - retention.DAY_MS
    gone = (
        connection.execute(
            """DELETE FROM key WHERE last_ms < ?1 AND id NOT IN (
        SELECT key FROM slice WHERE ts >= ?2 UNION SELECT key FROM gauge WHERE ts >= ?2)""",
            (before, state.minute_floor_ms),
        ).rowcount
        if connection.execute("SELECT 1 FROM key WHERE last_ms < ?", (before,)).fetchone()
        else 0
    )
    gone += connection.execute("DELETE FROM worker WHERE last_ms < ?", (before,)).rowcount
    connection.execute(
        """DELETE FROM text WHERE at_ms < ? AND fingerprint NOT IN (
        SELECT json_extract(labels, '$[0]') FROM key WHERE kind LIKE 'statement%')""",
        (before,),
    )
    marks.store(connection, pruned_ms=now_ms, generation=state.generation + (1 if gone else 0))
    return False


ACTS: tuple[Act, ...] = (raise_floors, delete_traces, delete_control, prune_names)
"""What runs once per call; `delete_old` and `make_room` run as long as the budget lasts."""


def make_room(link: connections.Link, max_bytes: int) -> bool:
    """Below the ages, make room if more than nine tenths of the bytes are in use; return whether something went.

    In this order: the oldest tenth of the 2 s rows, of the traces, of the minute rows, of the hour rows.
    """
    if used_bytes(link) <= max_bytes * 9 // 10:
        return False
    state = marks.load(link.connection)
    fine = _tenth(link, retention.FINE_MS, state.minute_ms, retention.MINUTE_MS)
    if fine:
        marks.store(link.connection, fine_floor_ms=fine)
        return True
    if link.connection.execute("DELETE FROM trace WHERE id IN (SELECT id FROM trace ORDER BY id LIMIT 200)").rowcount:
        return True
    minute = _tenth(link, retention.MINUTE_MS, state.hour_ms, retention.HOUR_MS)
    if minute:
        marks.store(link.connection, minute_floor_ms=minute)
        return True
    hour = _tenth(link, retention.HOUR_MS, state.hour_ms, retention.HOUR_MS)
    return bool(hour) and _delete_chunk(link, retention.HOUR_MS, hour)


def _tenth(link: connections.Link, res: int, end_ms: int, unit_ms: int) -> int:
    """Return the moment before which the oldest tenth of a grid's rows lies, 0 if it has none before `end_ms`."""
    first = link.connection.execute("SELECT min(ts) FROM slice WHERE res = ? AND ts < ?", (res, end_ms)).fetchone()[0]
    if first is None:
        return 0
    tenth = window.grid(first + (end_ms - first) // 10, unit_ms)
    return min(end_ms, max(tenth, window.grid(first, unit_ms) + unit_ms))


def used_bytes(link: connections.Link) -> int:
    """Return the bytes of pages that hold something."""
    pages, free, size = (
        link.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def give_back(link: connections.Link) -> bool:
    """Give some free pages back to the file system (outside a transaction); return whether there are more."""
    free = link.connection.execute("PRAGMA freelist_count").fetchone()[0]
    if free <= _SPARE_PAGES:
        return False
    link.connection.execute(f"PRAGMA incremental_vacuum({_FREED_PAGES})").fetchall()
    return free - _FREED_PAGES > _SPARE_PAGES
