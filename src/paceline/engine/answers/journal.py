"""The journal as it is told: newest first, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from paceline.engine.answers import paging, ranges
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry.store import interface

ORDER = "journal.time"


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: who made it, what it was, what came of it, and how to undo it."""

    id: int
    at: str
    """RFC 3339."""
    by: str
    """Role or name of who asked."""
    action: str
    arguments: Mapping[str, object]
    result: Mapping[str, object]
    """`state` is started until the change is over; one whose process died stays so."""
    undo: Mapping[str, object] | None
    """Action and arguments that put the old state back; None when there are none."""
    statements: tuple[str, ...] = ()
    """What was run in the database, if anything."""


def before(cursor: str | None) -> int | None:
    """Return the id after which a page goes on; UsageError for what is no cursor of this list."""
    return int(paging.decode(cursor, ORDER)[0]) if cursor else None


def page(rows: Sequence[interface.JournalRow], now_ms: int, *, limit: int) -> ranges.Page[Entry]:
    """Return a page of the first `limit` rows; `rows` has one more if the list goes on."""
    shown = rows[:limit]
    cursor = paging.encode(ORDER, (shown[-1].id, "")) if len(rows) > limit else None
    whole = snapshots.Snapshot(shown[-1].at_ms if shown else now_ms, now_ms)
    return ranges.Page(tuple(_entry(row) for row in shown), cursor, None, ranges.range_info(whole, len(shown)))


def _entry(row: interface.JournalRow) -> Entry:
    result = dict(row.result)
    statements = cast("list[object]", result.pop("statements", ()))
    return Entry(
        id=row.id,
        at=ranges.rfc3339(row.at_ms),
        by=row.by,
        action=row.action,
        arguments=row.arguments,
        result=result,
        undo=row.undo,
        statements=tuple(str(one) for one in statements),
    )
