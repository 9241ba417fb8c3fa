"""Jobs as they are told: one by its id, and all of them newest first, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paceline.engine.answers import paging, ranges
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry.store import interface

ORDER = "job.time"


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is, as its owner last said: every 2.5 s."""

    done: float
    total: float | None
    """None: not known beforehand."""
    at: str
    """What it is doing."""


@dataclass(frozen=True, slots=True)
class Job:
    """A change or measurement that takes its time; kept for a day after it ended."""

    id: str
    kind: str
    state: str
    """queued, running, done, failed, cancelled, or interrupted: its owner gave no sign of life for 10 s."""
    by: str
    """Role or name of who asked."""
    owner: str
    """Process that runs it."""
    created: str
    """RFC 3339."""
    updated: str
    """RFC 3339: the last sign of life of its owner, or its end."""
    progress: JobProgress
    result: Mapping[str, object] | None
    """What came of it; None while it runs. Its shape is that of its kind."""
    error: str | None
    """Why it failed; None otherwise."""


def told(row: interface.JobRow) -> Job:
    """Return a row of the store as an answer."""
    result = None if row.result is None else dict(row.result)
    error = result.pop("error", None) if result is not None else None
    return Job(
        id=row.id,
        kind=row.kind,
        state=row.state,
        by=row.by,
        owner=row.owner,
        created=ranges.rfc3339(row.created_ms),
        updated=ranges.rfc3339(row.heartbeat_ms),
        progress=_progress(row.progress),
        result=result,
        error=None if error is None else str(error),
    )


def before(cursor: str | None) -> tuple[int, str] | None:
    """Return the place after which a page goes on; UsageError for what is no cursor of this list."""
    if not cursor:
        return None
    created_ms, job_id = paging.decode(cursor, ORDER)
    return int(created_ms), job_id


def page(rows: Sequence[interface.JobRow], now_ms: int, *, limit: int) -> ranges.Page[Job]:
    """Return a page of the first `limit` rows; `rows` has one more if the list goes on."""
    shown = rows[:limit]
    cursor = paging.encode(ORDER, (shown[-1].created_ms, shown[-1].id)) if len(rows) > limit else None
    whole = snapshots.Snapshot(shown[-1].created_ms if shown else now_ms, now_ms)
    return ranges.Page(tuple(told(row) for row in shown), cursor, None, ranges.range_info(whole, len(shown)))


def _progress(body: Mapping[str, object]) -> JobProgress:
    done, total = body.get("done"), body.get("total")
    return JobProgress(
        float(done) if isinstance(done, int | float) else 0.0,
        float(total) if isinstance(total, int | float) else None,
        str(body.get("at", "")),
    )
