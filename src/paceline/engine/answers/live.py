"""The live view: the last minute, small enough to be sent every 2 s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paceline.engine.answers import measures, ranges
from paceline.engine.answers.processes import workers
from paceline.engine.answers.requests import endpoints as endpoint_answers
from paceline.engine.answers.requests import outcomes
from paceline.engine.answers.requests import statements as statement_answers
from paceline.telemetry import settings as settings_
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface

KINDS = (
    windows.REQUEST,
    windows.STATUS,
    windows.STATEMENT,
    windows.FOLDED,
    windows.DROPPED,
    "memory.rss",
    "memory.usage_ratio",
    "cpu.process_percent",
)
"""What has to be read for a frame."""

RANGE_MS = 60_000
LATE_MS = 1_000
"""How long after its end a window may arrive and still be in its frame: workers write when their interval is over."""

_TOP = 5
_LIVE_WINDOWS = 5
"""A worker that is in none of the last five windows is gone, if it did not say so before."""


@dataclass(frozen=True, slots=True)
class LiveTiles:
    """The last minute in numbers."""

    requests_per_second: float
    error_rate_percent: float
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    statements_per_second: float
    statement_p95_ms: float | None
    waiting_seconds_per_hour: float
    memory_rss_bytes: int | None
    """Of all workers that reported within the last 10 s and did not say that they leave."""
    memory_usage_percent: float | None
    cpu_percent: float | None
    workers: int


@dataclass(frozen=True, slots=True)
class LivePoint:
    """One window of 2 s, over all workers."""

    at_ms: int
    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    statements: int
    waiting_ms: float


@dataclass(frozen=True, slots=True)
class LiveEndpoint:
    """An endpoint by what users waited for it in the last minute."""

    endpoint: str
    method: str
    count: int
    average_ms: float | None
    p95_ms: float | None
    share_percent: float


@dataclass(frozen=True, slots=True)
class LiveStatement:
    """A statement by its share of waiting in the last minute."""

    fingerprint: str
    statement: str | None
    count: int
    average_ms: float | None
    p95_ms: float | None
    share_percent: float


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """One frame; hand its `cursor` in again for the points that follow."""

    cursor: int
    """UTC epoch milliseconds up to which windows are complete."""
    at: str
    tiles: LiveTiles
    points: tuple[LivePoint, ...]
    """Windows that begin at or after the cursor that was handed in, at most the last minute's."""
    endpoints: tuple[LiveEndpoint, ...]
    statements: tuple[LiveStatement, ...]
    range: ranges.RangeInfo


class Decoded:
    """The buckets of windows that were in a frame before: of each new frame only the newest window is decoded.

    A window is known by its time, count and sum, so one that got late values or was cleared is decoded anew. Any thread
    may use it: what is kept is complete and never changed.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, str, int, int], snapshots.Distribution] = {}

    def of(self, step: snapshots.Snapshot, kind: str) -> snapshots.Distribution:
        """Return all values of one kind in one window."""
        parts = list(step.of_kind(kind).values())
        key = (step.since_ms, kind, sum(part.count for part in parts), sum(part.sum for part in parts))
        found = self._known.get(key)
        if found is None:
            found = measures.together(parts)
            measures.durations(found)  # decodes it, before another thread can see it
            self._known[key] = found
        return found

    def forget_before(self, since_ms: int) -> None:
        """Forget windows that no frame shows any more."""
        for key in [key for key in self._known.copy() if key[0] < since_ms]:
            self._known.pop(key, None)


def frame(
    steps: Sequence[snapshots.Snapshot],
    settings: settings_.TelemetrySettings,
    *,
    after_ms: int | None = None,
    decoded: Decoded | None = None,
    left: Sequence[interface.StoredEvent] = (),
) -> LiveFrame:
    """Return a frame of the windows of the last minute, oldest first, at least one; `left` are workers' last words."""
    decoded = decoded or Decoded()
    decoded.forget_before(steps[0].since_ms)
    whole = ranges.combined(steps)
    requests = measures.together(decoded.of(step, windows.REQUEST) for step in steps)
    statement_values = measures.together(decoded.of(step, windows.STATEMENT) for step in steps)
    top = endpoint_answers.page(whole, settings, limit=_TOP).rows
    statements = statement_answers.page(whole, settings, statement_answers.Notes(whole.texts, {}), limit=_TOP).rows
    return LiveFrame(
        cursor=whole.until_ms,
        at=ranges.rfc3339(whole.until_ms),
        tiles=_tiles(whole, (requests, statement_values), workers.living(steps[-_LIVE_WINDOWS:], left), settings),
        points=tuple(
            _point(step, decoded.of(step, windows.REQUEST), settings)
            for step in steps
            if after_ms is None or step.since_ms >= after_ms
        ),
        endpoints=tuple(
            LiveEndpoint(row.endpoint, row.method, row.count, row.average_ms, row.p95_ms, row.share_percent)
            for row in top
        ),
        statements=tuple(
            LiveStatement(row.fingerprint, row.statement, row.count, row.average_ms, row.p95_ms, row.share_percent)
            for row in statements
        ),
        range=ranges.range_info(whole, requests.count),
    )


def _tiles(
    whole: snapshots.Snapshot,
    values: tuple[snapshots.Distribution, snapshots.Distribution],
    live: frozenset[str],
    settings: settings_.TelemetrySettings,
) -> LiveTiles:
    requests, statements = values
    spread = measures.durations(requests)
    memory = _last(whole, "memory.rss", live)
    usage = _last(whole, "memory.usage_ratio", live)
    cpu = [gauge.mean for key, gauge in whole.gauges_of("cpu.process_percent").items() if key[1] in live]
    return LiveTiles(
        requests_per_second=measures.per_second(requests.count, whole.seconds),
        error_rate_percent=outcomes.rates(whole, settings.error_status_from).error_rate_percent,
        average_ms=spread.average_ms,
        p50_ms=spread.p50_ms,
        p95_ms=spread.p95_ms,
        p99_ms=spread.p99_ms,
        statements_per_second=measures.per_second(statements.count, whole.seconds),
        statement_p95_ms=measures.quantile_ms(statements, 0.95),
        waiting_seconds_per_hour=measures.per_second(requests.sum / 1e9 * 3_600, whole.seconds),
        memory_rss_bytes=int(sum(memory)) if memory else None,
        memory_usage_percent=measures.rounded(max(usage) * 100) if usage else None,
        cpu_percent=measures.rounded(sum(cpu)) if cpu else None,
        workers=len(live),
    )


def _last(whole: snapshots.Snapshot, kind: str, live: frozenset[str]) -> list[float]:
    return [gauge.last for key, gauge in whole.gauges_of(kind).items() if key[1] in live]


def _point(
    step: snapshots.Snapshot, requests: snapshots.Distribution, settings: settings_.TelemetrySettings
) -> LivePoint:
    spread = measures.durations(requests)
    return LivePoint(
        at_ms=step.since_ms,
        requests=requests.count,
        errors=outcomes.errors(step, settings.error_status_from),
        p50_ms=spread.p50_ms,
        p95_ms=spread.p95_ms,
        p99_ms=spread.p99_ms,
        statements=sum(part.count for part in step.of_kind(windows.STATEMENT).values()),
        waiting_ms=measures.ms(requests.sum),
    )
