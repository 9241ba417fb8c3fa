"""The service: answers every question about the running system from the store, in any process."""

from __future__ import annotations

from paceline import clock as clocks
from paceline import errors
from paceline.engine import clearing
from paceline.engine.answers import (
    endpoints,
    health,
    live,
    memory,
    overview,
    ranges,
    slow_log,
    statements,
    timeseries,
    traces,
)
from paceline.telemetry import settings as settings_
from paceline.telemetry.store import interface


class NotFound(errors.UsageError):
    """What was asked for is not there, or no longer."""


class Service:
    """Signatures first; being filled in."""

    def __init__(
        self,
        store: interface.Store,
        settings: settings_.TelemetrySettings,
        *,
        clock: clocks.Clock = clocks.SYSTEM,
        worker: str | None = None,
        memory_threshold: float = 0.8,
    ) -> None: ...

    def overview(self) -> overview.Overview: ...

    def health(self) -> health.Health: ...

    def api_stats(self, *, since: str | int = "1h", top: int = 10, sort: str = "share") -> endpoints.ApiStats: ...

    def slow_requests(
        self,
        *,
        by: str = "execution",
        since: str | int = "1h",
        limit: int = 100,
        sort: str | None = None,
        cursor: str | None = None,
        worker: str | None = None,
    ) -> ranges.Page[endpoints.EndpointRow] | ranges.Page[slow_log.SlowRequest]: ...

    def database_stats(
        self, *, since: str | int = "1h", top: int = 10, sort: str = "share"
    ) -> statements.DatabaseStats: ...

    def slow_queries(
        self,
        *,
        by: str = "statement",
        since: str | int = "1h",
        limit: int = 10,
        sort: str | None = None,
        cursor: str | None = None,
        worker: str | None = None,
    ) -> ranges.Page[statements.StatementRow] | ranges.Page[slow_log.SlowStatement]: ...

    def frequency(
        self,
        *,
        since: str | int = "1h",
        limit: int = 100,
        sort: str = "count",
        cursor: str | None = None,
        worker: str | None = None,
    ) -> ranges.Page[statements.FrequencyRow]: ...

    def memory_stats(self, *, since: str | int = "1h", worker: str | None = None) -> memory.MemoryStats: ...

    def timeseries(
        self,
        *,
        metric: str,
        since: str | int = "1h",
        step_seconds: float | None = None,
        worker: str | None = None,
        route: str | None = None,
    ) -> timeseries.TimeSeries: ...

    def traces(
        self, *, since: str | int = "1h", route: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> ranges.Page[traces.TraceRow]: ...

    def trace(self, *, trace_id: str) -> traces.TraceDetail: ...

    def clear_metrics(self, *, what: str = "all", by: str = "operator") -> clearing.Cleared: ...

    def live(self, *, after_ms: int | None = None) -> live.LiveFrame: ...
