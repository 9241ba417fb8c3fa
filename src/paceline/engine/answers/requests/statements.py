"""Statements: all of them together, statement by statement, and how often each runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from paceline.engine.answers import measures, paging, ranges
from paceline.telemetry import settings as settings_
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows

KINDS = (windows.REQUEST, windows.STATEMENT, windows.STATEMENT_ERRORS, windows.FOLDED, windows.DROPPED)
"""What has to be read for these answers."""

_TOP_ROUTES = 5
_TOP_FREQUENT = 100


@dataclass(frozen=True, slots=True)
class RouteUse:
    """What one route makes of a statement."""

    route: str
    count: int
    total_ms: float


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement (fingerprint) in the range, over all routes."""

    fingerprint: str
    statement: str | None
    """Normalised text; None if the store no longer has it."""
    route: str
    """The route that spends most time in it; `<background>` outside any request."""
    routes: tuple[RouteUse, ...]
    """The five routes that spend most time in it."""
    call_site: str | None
    """Where the application last ran it slowly or repeatedly, as far as that was seen."""
    count: int
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    total_ms: float
    share_percent: float
    """Time in requests as a share of all waiting in the range."""
    slow_executions: int
    errors: int


@dataclass(frozen=True, slots=True)
class FrequencyRow:
    """How often one statement runs, over all routes."""

    fingerprint: str
    statement: str | None
    count: int
    per_second: float
    average_ms: float | None
    total_ms: float
    p95_ms: float | None
    share_percent: float


@dataclass(frozen=True, slots=True)
class DatabaseStats:
    """All statements of the range, as the application saw them."""

    total_statements: int
    slow_statements: int
    """Longer than `slow_statement_ms`, as it is now."""
    slow_statement_ms: float
    distinct_statements: int
    statements_per_second: float
    statements_per_request: float | None
    """Statements inside requests per request; None without requests."""
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    total_ms: float
    share_percent: float
    """Time of statements inside requests as a share of all waiting in the range."""
    errors: int
    error_rate_percent: float
    slowest: tuple[StatementRow, ...]
    frequency: tuple[FrequencyRow, ...]
    range: ranges.RangeInfo
    unavailable: tuple[ranges.Unavailable, ...] = ()


@dataclass(slots=True)
class _Use:
    """One fingerprint over the range, while its routes are being gathered."""

    fingerprint: str
    values: snapshots.Distribution
    routes: list[tuple[str, snapshots.Distribution]]

    @property
    def waiting_ns(self) -> int:
        """Return the time users waited in it; nobody waits for what runs in the background."""
        return sum(part.sum for route, part in self.routes if route != windows.BACKGROUND)


@dataclass(frozen=True, slots=True)
class Notes:
    """What statements are called: texts and call sites by fingerprint, as far as known."""

    texts: Mapping[str, str]
    call_sites: Mapping[str, str]


NO_NOTES = Notes({}, {})


def stats(
    snapshot: snapshots.Snapshot,
    settings: settings_.TelemetrySettings,
    notes: Notes = NO_NOTES,
    *,
    top: int = 10,
    sort: str = "share",
) -> DatabaseStats:
    """Return all statements of the range, the `top` slowest ones and the 100 most frequent.

    Raises:
        errors.UsageError: `top` is not 1 to 1000, or `sort` is not known.
    """
    slowest = page(snapshot, settings, notes, limit=top, sort=sort).rows
    frequent = frequency(snapshot, notes, limit=_TOP_FREQUENT).rows
    parts = snapshot.of_kind(windows.STATEMENT)
    whole = measures.together(parts.values())
    spread = measures.durations(whole)
    in_requests = [part for key, part in parts.items() if key[2] != windows.BACKGROUND]
    requests = snapshot.of_kind(windows.REQUEST).values()
    request_count = sum(part.count for part in requests)
    failed = sum(snapshot.counters_of(windows.STATEMENT_ERRORS).values())
    per_request = sum(part.count for part in in_requests) / request_count if request_count else None
    return DatabaseStats(
        total_statements=whole.count,
        slow_statements=measures.count_over(whole, settings.slow_statement_ms),
        slow_statement_ms=settings.slow_statement_ms,
        distinct_statements=len({key[1] for key in parts}),
        statements_per_second=measures.per_second(whole.count, snapshot.seconds),
        statements_per_request=measures.rounded(per_request),
        average_ms=spread.average_ms,
        p50_ms=spread.p50_ms,
        p95_ms=spread.p95_ms,
        p99_ms=spread.p99_ms,
        max_ms=spread.max_ms,
        total_ms=measures.ms(whole.sum),
        share_percent=measures.share_percent(sum(part.sum for part in in_requests), sum(part.sum for part in requests)),
        errors=failed,
        error_rate_percent=measures.percent(failed, whole.count),
        slowest=slowest,
        frequency=frequent,
        range=ranges.range_info(snapshot, whole.count),
    )


def page(
    snapshot: snapshots.Snapshot,
    settings: settings_.TelemetrySettings,
    notes: Notes = NO_NOTES,
    *,
    limit: int,
    sort: str = "share",
    cursor: str | None = None,
) -> ranges.Page[StatementRow]:
    """Return statements, those users waited for most first; `slow_executions` says which were ever slow.

    Raises:
        errors.UsageError: a limit, sort or cursor that cannot be.
    """
    uses = _uses(snapshot)
    found = paging.cut(uses, _order("statement", sort), limit=limit, cursor=cursor)
    waiting_ns = _waiting_ns(snapshot)
    failed = _errors(snapshot)
    rows = tuple(
        _statement_row(use, settings, notes, waiting_ns=waiting_ns, failed=failed.get(use.fingerprint, 0))
        for use in found.items
    )
    return ranges.Page(rows, found.next_cursor, found.total, ranges.range_info(snapshot, _count(uses)))


def frequency(
    snapshot: snapshots.Snapshot,
    notes: Notes = NO_NOTES,
    *,
    limit: int = _TOP_FREQUENT,
    sort: str = "count",
    cursor: str | None = None,
) -> ranges.Page[FrequencyRow]:
    """Return how often each statement runs, the most frequent first.

    Raises:
        errors.UsageError: a limit, sort or cursor that cannot be.
    """
    uses = _uses(snapshot)
    found = paging.cut(uses, _order("frequency", sort), limit=limit, cursor=cursor)
    waiting_ns = _waiting_ns(snapshot)
    rows = tuple(
        FrequencyRow(
            fingerprint=use.fingerprint,
            statement=notes.texts.get(use.fingerprint),
            count=use.values.count,
            per_second=measures.per_second(use.values.count, snapshot.seconds),
            average_ms=measures.average_ms(use.values),
            total_ms=measures.ms(use.values.sum),
            p95_ms=measures.quantile_ms(use.values, 0.95),
            share_percent=measures.share_percent(use.waiting_ns, waiting_ns),
        )
        for use in found.items
    )
    return ranges.Page(rows, found.next_cursor, found.total, ranges.range_info(snapshot, _count(uses)))


def _order(name: str, sort: str) -> paging.Order[_Use]:
    value = paging.choose(sort, measures.SORTS)
    if sort == "share":  # not the total: what runs in the background makes nobody wait
        return paging.Order(f"{name}.share", lambda use: use.waiting_ns, lambda use: use.fingerprint)
    return paging.Order(f"{name}.{sort}", lambda use: value(use.values), lambda use: use.fingerprint)


def _uses(snapshot: snapshots.Snapshot) -> list[_Use]:
    uses: dict[str, _Use] = {}
    for (_, fingerprint, route), part in snapshot.of_kind(windows.STATEMENT).items():
        use = uses.get(fingerprint)
        if use is None:
            use = uses[fingerprint] = _Use(fingerprint, snapshots.Distribution(), [])
        use.values.include(part)
        use.routes.append((route, part))
    return list(uses.values())


def _waiting_ns(snapshot: snapshots.Snapshot) -> int:
    return sum(part.sum for part in snapshot.of_kind(windows.REQUEST).values())


def _count(uses: Iterable[_Use]) -> int:
    return sum(use.values.count for use in uses)


def _errors(snapshot: snapshots.Snapshot) -> dict[str, int]:
    failed: dict[str, int] = {}
    for key, count in snapshot.counters_of(windows.STATEMENT_ERRORS).items():
        failed[key[1]] = failed.get(key[1], 0) + count
    return failed


def _statement_row(
    use: _Use, settings: settings_.TelemetrySettings, notes: Notes, *, waiting_ns: int, failed: int
) -> StatementRow:
    spread = measures.durations(use.values)
    routes = sorted(use.routes, key=lambda item: (-item[1].sum, item[0]))
    return StatementRow(
        fingerprint=use.fingerprint,
        statement=notes.texts.get(use.fingerprint),
        route=routes[0][0],
        routes=tuple(RouteUse(route, part.count, measures.ms(part.sum)) for route, part in routes[:_TOP_ROUTES]),
        call_site=notes.call_sites.get(use.fingerprint),
        count=use.values.count,
        average_ms=spread.average_ms,
        p50_ms=spread.p50_ms,
        p95_ms=spread.p95_ms,
        p99_ms=spread.p99_ms,
        max_ms=spread.max_ms,
        total_ms=measures.ms(use.values.sum),
        share_percent=measures.share_percent(use.waiting_ns, waiting_ns),
        slow_executions=measures.count_over(use.values, settings.slow_statement_ms),
        errors=failed,
    )
