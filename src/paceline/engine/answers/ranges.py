"""What every answer says about itself: the range it covers, how many values it stands on, what is missing.

A number without its n, its range and its losses invites wrong conclusions, so no answer goes out without them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RangeInfo:
    """The range that an answer covers, as it was really read: ends lie on the grid of the rows that still exist."""

    since: str
    """First moment, RFC 3339 in UTC."""
    until: str
    """Moment after the last, RFC 3339 in UTC."""
    seconds: float
    n: int
    """Requests, statements or readings that the answer stands on."""
    workers: tuple[str, ...]
    """Processes that reported in the range."""
    resolution_seconds: float
    """Coarsest grid that was read."""
    folded: Mapping[str, int]
    """Values by what they are (requests, statements) that count under `<other>` because a cap was reached."""
    dropped: Mapping[str, int]
    """Values by what they are that were lost."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A field that is None, and why."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A part of a list."""

    rows: tuple[Row, ...]
    next_cursor: str | None
    """Hand it in again for the rows that follow; None after the last page."""
    total: int | None
    """Rows of the whole list; None where counting them would mean reading them all (traces)."""
    range: RangeInfo


def rfc3339(at_ms: int) -> str:
    """Return UTC epoch milliseconds as `2026-01-31T12:00:00.250Z`."""
    moment = dt.datetime.fromtimestamp(at_ms / 1_000, tz=dt.UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def range_info(snapshot: snapshots.Snapshot, n: int) -> RangeInfo:
    """Return what a snapshot says about its range."""
    return RangeInfo(
        since=rfc3339(snapshot.since_ms),
        until=rfc3339(snapshot.until_ms),
        seconds=round(snapshot.seconds, 3),
        n=n,
        workers=tuple(snapshot.workers),
        resolution_seconds=round(snapshot.resolution_ms / 1_000, 3),
        folded=_folded(snapshot),
        dropped={key[1]: count for key, count in sorted(snapshot.counters_of(windows.DROPPED).items()) if count},
    )


def _folded(snapshot: snapshots.Snapshot) -> dict[str, int]:
    folded = {key[1]: count for key, count in sorted(snapshot.counters_of(windows.FOLDED).items()) if count}
    # What stands under `<other>` was folded, whether or not its counter is in the rows that were read.
    for kind, what in ((windows.REQUEST, "requests"), (windows.STATEMENT, "statements")):
        other = sum(part.count for key, part in snapshot.of_kind(kind).items() if key[1] == windows.OTHER)
        if other > folded.get(what, 0):
            folded[what] = other
    return folded


def combined(steps: Sequence[snapshots.Snapshot]) -> snapshots.Snapshot:
    """Return steps that follow each other as one snapshot; at least one."""
    distributions: dict[windows.Key, snapshots.Distribution] = {}
    counters: dict[windows.Key, int] = {}
    gauges: dict[windows.Key, windows.Gauge] = {}
    texts: dict[str, str] = {}
    for step in steps:
        for key, part in step.distributions.items():
            distributions.setdefault(key, snapshots.Distribution()).include(part)
        for key, count in step.counters.items():
            counters[key] = counters.get(key, 0) + count
        for key, gauge in step.gauges.items():
            gauges[key] = gauges[key].then(gauge) if key in gauges else gauge
        texts.update(step.texts)
    return snapshots.Snapshot(
        since_ms=steps[0].since_ms,
        until_ms=steps[-1].until_ms,
        workers=tuple(sorted({worker for step in steps for worker in step.workers})),
        distributions=distributions,
        counters=counters,
        gauges=gauges,
        texts=texts,
        resolution_ms=max(step.resolution_ms for step in steps),
    )
