"""How requests ended: error rates, status codes, apdex.

`error_rate_percent` counts statuses from `error_status_from` on, responses broken after their start, and server errors
that sent no status, over all requests. Aborted by the client and refused by our own limiters (`limited`) are no errors,
but are requests. A status counted by class (a key with more than 16) is an error if any of the class is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from paceline.engine.answers import measures
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.running import slots

_NO_ERRORS = (slots.ABORTED_BY_CLIENT, slots.LIMITED)
_SERVER_FAILED = (slots.SERVER_ERROR, slots.BROKEN_AFTER_START)


@dataclass(frozen=True, slots=True)
class Rates:
    """The three error rates, over all requests."""

    error_rate_percent: float
    server_error_rate_percent: float
    """Server errors and responses broken after their start."""
    client_error_rate_percent: float


def by_outcome(snapshot: snapshots.Snapshot) -> dict[str, int]:
    """Return the number of requests by outcome; all six are there."""
    counts: dict[str, int] = dict.fromkeys(slots.OUTCOMES, 0)
    for key, part in snapshot.of_kind(windows.REQUEST).items():
        counts[key[3]] = counts.get(key[3], 0) + part.count
    return counts


def status_codes(snapshot: snapshots.Snapshot) -> dict[str, int]:
    """Return the number of requests by status, in order of status."""
    codes: dict[str, int] = {}
    for key, count in snapshot.counters_of(windows.STATUS).items():
        codes[key[4]] = codes.get(key[4], 0) + count
    return dict(sorted(codes.items()))


def errors_by_endpoint(snapshot: snapshots.Snapshot, error_status_from: int) -> dict[tuple[str, str], int]:
    """Return the number of errors by (method, route); endpoints without any are missing."""
    errors: dict[tuple[str, str], int] = {}
    for key, count in snapshot.counters_of(windows.STATUS).items():
        if _is_error(key[3], key[4], error_status_from):
            errors[key[1], key[2]] = errors.get((key[1], key[2]), 0) + count
    return errors


def errors(snapshot: snapshots.Snapshot, error_status_from: int) -> int:
    """Return the number of errors."""
    return sum(errors_by_endpoint(snapshot, error_status_from).values())


def rates(snapshot: snapshots.Snapshot, error_status_from: int) -> Rates:
    """Return the three error rates."""
    counts = by_outcome(snapshot)
    total = sum(counts.values())
    return Rates(
        error_rate_percent=measures.percent(errors(snapshot, error_status_from), total),
        server_error_rate_percent=measures.percent(sum(counts[name] for name in _SERVER_FAILED), total),
        client_error_rate_percent=measures.percent(counts[slots.CLIENT_ERROR], total),
    )


def _is_error(outcome: str, status: str, error_status_from: int) -> bool:
    if outcome in _NO_ERRORS:
        return False
    if outcome == slots.BROKEN_AFTER_START:
        return True
    if status.endswith("xx"):
        status = f"{status[0]}99"
    if not status.isdigit():  # "none": a stream that went well, or a server that never answered
        return outcome == slots.SERVER_ERROR
    return int(status) >= error_status_from


def apdex(snapshot: snapshots.Snapshot, objective_ms: Callable[[str, str], float]) -> float | None:
    """Return the apdex with T = the objective of each endpoint (method, route), 0 to 1; None without samples.

    (satisfied + tolerating / 2) / samples, where satisfied took at most T, tolerating at most 4 T, and everything
    longer or failed by the server is frustrated (Apdex Alliance, Application Performance Index Technical Specification
    1.1, 2007). A request that our own limiters refused is no sample: how fast a refusal is says nothing.
    """
    parts = {key: part for key, part in snapshot.of_kind(windows.REQUEST).items() if key[3] != slots.LIMITED}
    samples = sum(part.count for part in parts.values())
    if not samples:
        return None
    score = sum(
        _satisfaction(part, objective_ms(method, route))
        for (_, method, route, outcome), part in parts.items()
        if outcome not in _SERVER_FAILED
    )
    return round(score / samples, 3)


def _satisfaction(values: snapshots.Distribution, objective_ms: float) -> float:
    over, far_over = (measures.count_over(values, limit_ms) for limit_ms in (objective_ms, 4 * objective_ms))
    return values.count - over + (over - far_over) / 2
