"""Health: ok, degraded or failing, and the checks that say so."""

from __future__ import annotations

from dataclasses import dataclass

from paceline.engine.answers import measures, ranges
from paceline.engine.answers.requests import outcomes
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import units
from paceline.telemetry import window as windows
from paceline.telemetry.running import slots
from paceline.telemetry.store import interface

KINDS = (windows.REQUEST, windows.STATUS, windows.DROPPED, "memory.usage_ratio")
"""What has to be read for these answers."""

RANGE_MS = 5 * 60_000
"""Health is about the last five minutes: long enough for a rate, short enough to be over when the trouble is."""

_LEAST_REQUESTS = 20
"""Fewer requests carry no rate: one failed probe of three is not a failing service."""
_DEGRADED_ERRORS_PERCENT = 5.0
_FAILING_ERRORS_PERCENT = 50.0
"""Server errors: above one in twenty somebody should look, above one in two a balancer should turn away."""
_FAILING_MEMORY_RATIO = 0.97
"""Here the kernel is about to end the process."""
_DEGRADED_DISK_PERCENT = 5.0
"""What ext4 reserves for root (mke2fs -m): below it, an ordinary user may already see a full disk."""
_FAILING_DISK_PERCENT = 1.0

OK = "ok"
DEGRADED = "degraded"
FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `detail` is one line for people."""

    name: str
    """store, windows, memory, errors, disk or dropped."""
    status: str
    """ok, degraded or failing."""
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """The worst of the checks; 503 when failing."""

    status: str
    checks: tuple[Check, ...]
    range: ranges.RangeInfo


@dataclass(frozen=True, slots=True)
class Signs:
    """What health is judged by."""

    snapshot: snapshots.Snapshot
    """The last five minutes."""
    live: frozenset[str]
    status: interface.Status | None
    """None when the store cannot be read; `problem` says why then."""
    problem: str | None
    threshold_ratio: float
    disk_free_bytes: int | None
    disk_total_bytes: int | None


def judge(signs: Signs) -> Health:
    """Return the health: as bad as its worst check."""
    checks = (
        _store(signs),
        _windows(signs),
        _memory(signs),
        _errors(signs),
        _disk(signs),
        _dropped(signs),
    )
    order = (OK, DEGRADED, FAILING)
    requests = sum(outcomes.by_outcome(signs.snapshot).values())
    status = max((check.status for check in checks), key=order.index)
    return Health(status, checks, ranges.range_info(signs.snapshot, requests))


def _graded(value: float, degraded: float, failing: float) -> str:
    if value >= failing:
        return FAILING
    return DEGRADED if value >= degraded else OK


def _store(signs: Signs) -> Check:
    if signs.status is None:
        return Check("store", FAILING, signs.problem or "the store cannot be read")
    if signs.status.note:
        return Check("store", DEGRADED, signs.status.note)
    kept = "on disk" if signs.status.persistent else "in memory only"
    return Check("store", OK, f"{units.formatted_bytes(signs.status.size_bytes)} {kept}")


def _windows(signs: Signs) -> Check:
    if signs.live:
        count = len(signs.live)
        return Check("windows", OK, f"{count} worker{'s' if count > 1 else ''} reported within the last 10 s")
    if signs.snapshot.workers:
        return Check("windows", DEGRADED, "no worker is live: all left or fell silent; is the service running?")
    return Check("windows", DEGRADED, "no worker reported within the last 5 minutes; is the service running?")


def _memory(signs: Signs) -> Check:
    ratios = {
        key[1]: gauge.last
        for key, gauge in signs.snapshot.gauges_of("memory.usage_ratio").items()
        if key[1] in signs.live
    }
    if not ratios:
        return Check("memory", OK, "no live worker tells how near its limit it is")
    worker = max(ratios, key=lambda name: ratios[name])
    ratio, threshold = ratios[worker], signs.threshold_ratio
    status = _graded(ratio, threshold, max(_FAILING_MEMORY_RATIO, threshold))
    detail = f"{100 * ratio:.0f} % of the limit in worker {worker}, threshold {100 * threshold:.0f} %"
    return Check("memory", status, detail)


def _errors(signs: Signs) -> Check:
    counts = outcomes.by_outcome(signs.snapshot)
    total = sum(counts.values())
    failed = counts[slots.SERVER_ERROR] + counts[slots.BROKEN_AFTER_START]
    detail = f"{failed} of {total} requests of the last 5 minutes failed on the server"
    if total < _LEAST_REQUESTS:
        return Check("errors", OK, detail)
    rate = measures.percent(failed, total)
    return Check("errors", _graded(rate, _DEGRADED_ERRORS_PERCENT, _FAILING_ERRORS_PERCENT), detail)


def _disk(signs: Signs) -> Check:
    free, total = signs.disk_free_bytes, signs.disk_total_bytes
    if free is None or not total:
        return Check("disk", OK, "free space is not known here")
    percent = measures.percent(free, total)
    status = _graded(-percent, -_DEGRADED_DISK_PERCENT, -_FAILING_DISK_PERCENT)
    return Check("disk", status, f"{units.formatted_bytes(free)} free ({percent:.0f} %)")


def _dropped(signs: Signs) -> Check:
    lost = signs.snapshot.counters.get((windows.DROPPED, "windows"), 0)
    detail = f"{lost} windows of the last 5 minutes were dropped" if lost else "no window was dropped"
    return Check("dropped", DEGRADED if lost else OK, detail)
