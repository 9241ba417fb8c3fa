"""Observations: what was measured, from the store, in any process.

It only reads and hands on; what the numbers mean is said in `answers`. All methods may be called from any thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from paceline import clock as clocks
from paceline import errors
from paceline.engine import reading, time_ranges
from paceline.engine.answers import health, live, overview, paging, ranges, timeseries
from paceline.engine.answers.processes import memory, system
from paceline.engine.answers.requests import endpoints, samples, slow_log, statements, traces
from paceline.engine.control import thresholds
from paceline.observe import cpu, host
from paceline.telemetry import settings as settings_
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface

Since = str | int
"""`15m`, `24h`, `2d`, RFC 3339, or UTC epoch milliseconds."""

_MINUTE_MS = 60_000


class Observations:
    """Answers from one store. Every method raises UsageError for what cannot be, StoreError when it cannot be read."""

    def __init__(
        self,
        store: interface.Store,
        settings: settings_.TelemetrySettings,
        *,
        clock: clocks.Clock = clocks.SYSTEM,
        worker: str | None = None,
        started: thresholds.Started | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.store = store
        self.worker = worker
        """Name of the process that answers; not necessarily one that serves."""
        started = started or thresholds.Started()
        self._reader = reading.Reader(store, settings, clock, started.observe)
        self._started = started
        self._decoded = live.Decoded()
        self._sleep = sleep
        self._name = settings_.service_name(settings)

    def overview(self) -> overview.Overview:
        """Return everything at a glance, over the last hour; a store that cannot be read shows as failing health."""
        now = self._reader.now_or_started()
        try:
            return self._overview(now)
        except errors.StoreError:
            empty = snapshots.Snapshot(now.ms - 3_600_000, now.ms)
            readings = memory.Readings(empty, (), frozenset(), {}, now.observe.memory_threshold)
            return self._built(now, readings, empty)

    def _overview(self, now: reading.Now) -> overview.Overview:
        snapshot = self._reader.read(now, "1h", kinds=overview.KINDS)
        recent = self.store.read(interface.Range(now.ms - _MINUTE_MS, now.ms, None, system.KINDS))
        return self._built(now, self._reader.readings(now, snapshot), recent)

    def _built(self, now: reading.Now, readings: memory.Readings, recent: snapshots.Snapshot) -> overview.Overview:
        found = self.health()
        material = overview.Material(
            service=self._name,
            snapshot=readings.snapshot,
            memory=memory.stats(readings),
            health=found,
            live=readings.live,
            introductions=readings.introductions,
            machine=host.read(self._reader.disk()),
            processor=cpu.CpuSampler().sample(self._reader.clock),
            recent=recent,
            now_ms=now.ms,
        )
        return overview.build(material, now.settings)

    def health(self) -> health.Health:
        """Return ok, degraded or failing with the checks; never raises."""
        now = self._reader.now_or_started()
        snapshot, live_workers = snapshots.Snapshot(now.ms - health.RANGE_MS, now.ms), frozenset[str]()
        status, problem = None, None
        try:
            snapshot = self.store.read(interface.Range(now.ms - health.RANGE_MS, now.ms, None, health.KINDS))
            live_workers = self._reader.live(now)
            status = self.store.status()
        except errors.StoreError as error:
            problem = str(error)
        machine = host.read(self._reader.disk())
        return health.judge(
            health.Signs(
                snapshot=snapshot,
                live=live_workers,
                status=status,
                problem=problem,
                threshold_ratio=now.observe.memory_threshold,
                disk_free_bytes=machine.disk_free_bytes,
                disk_total_bytes=machine.disk_total_bytes,
            )
        )

    def api_stats(self, *, since: Since = "1h", top: int = 10, sort: str = "share") -> endpoints.ApiStats:
        """Return all requests of the range and the slowest endpoints."""
        now = self._reader.now()
        snapshot = self._reader.read(now, since, kinds=endpoints.KINDS)
        return endpoints.stats(snapshot, now.settings, top=top, sort=sort)

    def slow_requests(
        self,
        *,
        by: str = "execution",
        since: Since = "1h",
        limit: int = 100,
        sort: str | None = None,
        cursor: str | None = None,
        worker: str | None = None,
    ) -> ranges.Page[endpoints.EndpointRow] | ranges.Page[slow_log.SlowRequest]:
        """Return single slow responses (sort time, duration), or routes (sort share, count, average, p95, ...)."""
        now = self._reader.now()
        snapshot = self._reader.read(now, since, worker, endpoints.KINDS)
        if paging.choose(by, {"execution": True, "route": False}, "by"):
            events = self._reader.slow(windows.SLOW_RESPONSE, now, since)
            question = slow_log.Question(snapshot, now.settings.slow_response_ms, limit, sort or "time", cursor, worker)
            return slow_log.requests(events, question)
        return endpoints.page(snapshot, now.settings, limit=limit, sort=sort or "share", cursor=cursor)

    def database_stats(self, *, since: Since = "1h", top: int = 10, sort: str = "share") -> statements.DatabaseStats:
        """Return all statements of the range, the slowest and the most frequent."""
        now = self._reader.now()
        snapshot = self._reader.read(now, since, kinds=statements.KINDS)
        return statements.stats(snapshot, now.settings, self._reader.notes(now, since, snapshot), top=top, sort=sort)

    def slow_queries(
        self,
        *,
        by: str = "statement",
        since: Since = "1h",
        limit: int = 10,
        sort: str | None = None,
        cursor: str | None = None,
        worker: str | None = None,
    ) -> ranges.Page[statements.StatementRow] | ranges.Page[slow_log.SlowStatement]:
        """Return statements (sort share, count, average, p95, ...), or single slow executions (sort time, duration)."""
        now = self._reader.now()
        snapshot = self._reader.read(now, since, worker, statements.KINDS)
        if paging.choose(by, {"statement": False, "execution": True}, "by"):
            events = self._reader.slow(windows.SLOW_STATEMENT, now, since)
            question = slow_log.Question(
                snapshot, now.settings.slow_statement_ms, limit, sort or "time", cursor, worker
            )
            return slow_log.statements(events, question, self._reader.texts(events))
        notes = self._reader.notes(now, since, snapshot)
        return statements.page(snapshot, now.settings, notes, limit=limit, sort=sort or "share", cursor=cursor)

    def samples(self, fingerprint: str) -> samples.ParameterSamples:
        """Return examples of a statement's values, if they are kept: of this process, and for its operator's eyes."""
        now = self._reader.now()
        found = self._started.samples(fingerprint) if self._started.samples else ()
        mode = now.settings.statement_samples
        return samples.ParameterSamples(fingerprint, self.worker, mode, samples.told(found, now.ms))

    def frequency(
        self,
        *,
        since: Since = "1h",
        limit: int = 100,
        sort: str = "count",
        cursor: str | None = None,
        worker: str | None = None,
    ) -> ranges.Page[statements.FrequencyRow]:
        """Return how often each statement runs."""
        snapshot = self._reader.read(self._reader.now(), since, worker, statements.KINDS)
        notes = statements.Notes(snapshot.texts, {})
        return statements.frequency(snapshot, notes, limit=limit, sort=sort, cursor=cursor)

    def memory_stats(self, *, since: Since = "1h", worker: str | None = None) -> memory.MemoryStats:
        """Return memory now, on average and at its peak, per worker and together."""
        now = self._reader.now()
        return memory.stats(
            self._reader.readings(now, self._reader.read(now, since, worker, memory.KINDS)), worker=worker
        )

    def timeseries(
        self,
        metric: str,
        *,
        since: Since = "1h",
        step_seconds: float | None = None,
        worker: str | None = None,
        route: str | None = None,
    ) -> timeseries.TimeSeries:
        """Return a metric (see `timeseries.METRICS`) in equal steps, by default about 120."""
        now = self._reader.now()
        kinds = (*timeseries.choose(metric, route).kinds, windows.FOLDED, windows.DROPPED)
        since_ms = time_ranges.start_ms(since, now.ms)
        step_ms = timeseries.step_ms(step_seconds, now.ms - since_ms, now.settings.retention)
        steps = self.store.steps(interface.Range(since_ms, now.ms, worker, kinds), step_ms)
        return timeseries.series(steps, now.settings, metric=metric, worker=worker, route=route)

    def traces(
        self,
        *,
        since: Since = "1h",
        route: str | None = None,
        limit: int = 100,
        sort: str = "time",
        cursor: str | None = None,
        worker: str | None = None,
    ) -> ranges.Page[traces.TraceRow]:
        """Return kept traces (sort time, duration)."""
        paging.check_limit(limit)
        before = traces.before(cursor, sort)
        now = self._reader.now()
        since_ms = time_ranges.start_ms(since, now.ms)
        snapshot = self._reader.read(now, since_ms, worker, traces.KINDS)
        found = self.store.traces(
            since_ms=since_ms, route=route, worker=worker, sort=sort, limit=limit + 1, before=before
        )
        return traces.page(found, snapshot, limit=limit, sort=sort)

    def trace(self, trace_id: str) -> traces.TraceDetail:
        """Return one kept trace with its statements; NotFound when it is gone."""
        found = self.store.trace(trace_id)
        if found is None:
            raise errors.NotFound(f"trace {trace_id[:40]!r} is not kept, or no longer; see the list of traces")
        return traces.detail(found, self.store.texts([span.fingerprint for span in found.spans]))

    def live(self, after_ms: int | None = None) -> live.LiveFrame:
        """Return the last minute; `after_ms` (a frame's cursor) leaves out points that were sent before."""
        now = self._reader.now()
        until_ms = windows.grid(now.ms - live.LATE_MS)
        wanted = interface.Range(until_ms - live.RANGE_MS, until_ms, None, live.KINDS)
        steps = self.store.steps(wanted, windows.INTERVAL_MS)
        left = self._reader.left(until_ms - live.RANGE_MS)
        return live.frame(steps, now.settings, after_ms=after_ms, decoded=self._decoded, left=left)
