"""Reading for the service: ranges that end now, the thresholds that hold, live workers, and what things are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paceline import clock as clocks
from paceline import errors
from paceline.engine import time_ranges
from paceline.engine.answers.processes import memory, workers
from paceline.engine.answers.requests import slow_log, statements
from paceline.engine.control import thresholds
from paceline.observe import settings as observe_settings
from paceline.telemetry import settings as settings_
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface

_LIVE_MS = 10_000
_INTRODUCED_MS = 2 * 3_600_000
"""Workers introduce themselves each hour."""
_MEMORY_POINTS = 60
_RECENT_TRACES = 100
"""Kept traces in which call sites of statements are looked up."""


@dataclass(frozen=True, slots=True)
class Now:
    """One moment: its time, and the thresholds that hold."""

    ms: int
    settings: settings_.TelemetrySettings
    observe: observe_settings.ObserveSettings


class Reader:
    """Reads one store; holds nothing that changes, so any thread may use it."""

    def __init__(
        self,
        store: interface.Store,
        settings: settings_.TelemetrySettings,
        clock: clocks.Clock,
        observe: observe_settings.ObserveSettings,
    ) -> None:
        self.clock = clock
        self._store = store
        self._settings = settings
        self._observe = observe

    def now(self) -> Now:
        """Return the moment of a question."""
        changed = self._store.live_settings()
        return Now(
            self.clock.now_ms(),
            thresholds.current(self._settings, changed),
            thresholds.current(self._observe, changed),
        )

    def now_or_started(self) -> Now:
        """Return the moment of a question, with the settings of the start if the store cannot be read."""
        try:
            return self.now()
        except errors.StoreError:
            return Now(self.clock.now_ms(), self._settings, self._observe)

    def read(
        self, now: Now, since: str | int, worker: str | None = None, kinds: Sequence[str] | None = None
    ) -> snapshots.Snapshot:
        """Return a range that ends now; UsageError for a `since` that cannot be."""
        since_ms = time_ranges.start_ms(since, now.ms)
        return self._store.read(interface.Range(since_ms, now.ms, worker, None if kinds is None else tuple(kinds)))

    def live(self, now: Now) -> frozenset[str]:
        """Return the workers whose last window began within 10 s, its own 2 s apart, and was not their last."""
        since_ms = now.ms - _LIVE_MS - windows.INTERVAL_MS
        steps = self._store.steps(interface.Range(since_ms, now.ms, None, ("memory.rss",)), windows.INTERVAL_MS)
        return workers.living(steps, self.left(since_ms))

    def left(self, since_ms: int) -> Sequence[interface.StoredEvent]:
        """Return who said that it leaves, newest first."""
        return self._store.events(windows.WORKER_LEFT, since_ms=since_ms, limit=1_000)

    def readings(self, now: Now, snapshot: snapshots.Snapshot) -> memory.Readings:
        """Return what memory is told from."""
        minutes = round(snapshot.seconds / 60 / _MEMORY_POINTS)
        # Whole minutes are read from the minutes that are rolled up already, not from thirty times as many rows.
        step_ms = 60_000 * minutes or windows.INTERVAL_MS
        wanted = interface.Range(snapshot.since_ms, now.ms, None, memory.KINDS)
        told = self._store.events(windows.WORKER, since_ms=now.ms - _INTRODUCED_MS, limit=1_000)
        return memory.Readings(
            snapshot=snapshot,
            steps=self._store.steps(wanted, step_ms),
            live=self.live(now),
            introductions=workers.introductions(told),
            threshold_ratio=now.observe.memory_threshold,
        )

    def slow(self, kind: str, now: Now, since: str | int) -> Sequence[interface.StoredEvent]:
        """Return the slow log of one kind, newest first."""
        since_ms = time_ranges.start_ms(since, now.ms)
        return self._store.events(kind, since_ms=since_ms, limit=now.settings.slow_log_size)

    def texts(self, events: Sequence[interface.StoredEvent]) -> dict[str, str]:
        """Return the texts of the statements that events are about."""
        return dict(self._store.texts(list({str(event.body.get("fingerprint")) for event in events})))

    def notes(self, now: Now, since: str | int, snapshot: snapshots.Snapshot) -> statements.Notes:
        """Return what statements are called and where they were last seen: in the slow log, else in a trace."""
        sites = slow_log.call_sites(self.slow(windows.SLOW_STATEMENT, now, since))
        for trace in self._store.traces(since_ms=snapshot.since_ms, limit=_RECENT_TRACES):
            for span in trace.spans:
                if span.call_site:
                    sites.setdefault(span.fingerprint, span.call_site)
        return statements.Notes(snapshot.texts, sites)

    def disk(self) -> Path:
        """Return a path on the disk that counts: the store's, or the root's for a store in memory."""
        try:
            status = self._store.status()
        except errors.StoreError:
            return Path("/")
        return Path(status.location).parent if status.persistent else Path("/")
