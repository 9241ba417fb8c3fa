"""Measurements made by hand: snapshots and windows with known values, in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paceline.telemetry import histogram
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.running import slots

NOW_MS = 1_767_225_600_000
HOUR_MS = 3_600_000

STATUS_OF = {
    slots.OK: "200",
    slots.CLIENT_ERROR: "404",
    slots.SERVER_ERROR: "500",
    slots.ABORTED_BY_CLIENT: "none",
    slots.BROKEN_AFTER_START: "200",
    slots.LIMITED: "429",
}


def tally(milliseconds: Sequence[float]) -> windows.Tally:
    """Return the tally of some durations."""
    values = histogram.Histogram()
    values.extend([int(value * 1_000_000) for value in milliseconds])
    return windows.Tally.of(values)


def distribution(milliseconds: Sequence[float]) -> snapshots.Distribution:
    """Return the distribution of some durations."""
    found = snapshots.Distribution()
    found.add(tally(milliseconds))
    return found


Requests = Mapping[tuple[str, str, str], Sequence[float]]
Statements = Mapping[tuple[str, str], Sequence[float]]


def snapshot(
    requests: Requests | None = None,
    statements: Statements | None = None,
    *,
    counters: Mapping[windows.Key, int] | None = None,
    gauges: Mapping[windows.Key, windows.Gauge] | None = None,
    since_ms: int = NOW_MS - HOUR_MS,
    until_ms: int = NOW_MS,
) -> snapshots.Snapshot:
    """Return an hour with these requests (method, route, outcome) and statements (fingerprint, route)."""
    requests, statements = requests or {}, statements or {}
    found = {(windows.REQUEST, *key): distribution(values) for key, values in requests.items()}
    found |= {(windows.STATEMENT, *key): distribution(values) for key, values in statements.items()}
    return snapshots.Snapshot(
        since_ms,
        until_ms,
        workers=("7",),
        distributions=found,
        counters={**statuses(requests), **(counters or {})},
        gauges=gauges or {},
        texts={key[0]: f"SELECT {key[0]}" for key in statements},
    )


def statuses(requests: Requests) -> dict[windows.Key, int]:
    """Return the status counters that go with requests."""
    return {(windows.STATUS, *key, STATUS_OF[key[2]]): len(values) for key, values in requests.items()}


def window(
    start_ms: int,
    requests: Requests | None = None,
    statements: Statements | None = None,
    *,
    worker: str = "7",
    gauges: Mapping[str, float] | None = None,
    events: tuple[windows.Event, ...] = (),
) -> windows.Window:
    """Return a window of one worker; gauges by kind, they get the worker."""
    requests, statements = requests or {}, statements or {}
    tallies = {(windows.REQUEST, *key): tally(values) for key, values in requests.items()}
    tallies |= {(windows.STATEMENT, *key): tally(values) for key, values in statements.items()}
    return windows.Window(
        worker=worker,
        start_ms=windows.grid(start_ms),
        tallies=tallies,
        counters=statuses(requests),
        gauges={(kind, worker): windows.Gauge.of(value) for kind, value in (gauges or {}).items()},
        events=events,
        texts={key[0]: f"SELECT {key[0]}" for key in statements},
    )
