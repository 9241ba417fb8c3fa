"""Applying live settings to this process: what its probe, its gauges and its store go by from now on.

Whoever only reads (the thresholds of past ranges) looks at the rows itself; here is what measures.
"""

from __future__ import annotations

from collections.abc import Mapping

from paceline.engine import configuration
from paceline.engine.control import thresholds
from paceline.observe import process
from paceline.telemetry import recorder as recorders
from paceline.telemetry.store import interface


class Applying:
    """Knows what this process was started with, and everything that follows live settings."""

    def __init__(
        self,
        started: configuration.Configuration,
        recorder: recorders.Recorder,
        gauges: process.ProcessGauges,
        store: interface.Store,
    ) -> None:
        self._started = started
        self._recorder = recorder
        self._gauges = gauges
        self._store = store

    def apply(self, live: Mapping[str, object]) -> None:
        """Let what was changed live hold, and the values of the start where nothing is changed any more."""
        wanted = thresholds.current(self._started.telemetry, live)
        self._recorder.change_limits(
            slow_statement_ns=int(wanted.slow_statement_ms * 1e6),
            slow_response_ns=int(wanted.slow_response_ms * 1e6),
            excluded_routes=frozenset(wanted.exclude_routes),
            statement_samples=wanted.statement_samples,
        )
        self._store.keep_events(wanted.slow_log_size)
        observe = thresholds.current(self._started.observe, live)
        self._gauges.threshold = observe.memory_threshold
        self._gauges.check_seconds = observe.memory_check_seconds
