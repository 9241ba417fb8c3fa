"""CPU time of this process and its host between two samples, and the limit a container puts on it.

100 percent of the process is one core; 100 percent of the host is all of its cores. A container may be held back
while the host idles: the scheduler takes the CPU away for the rest of a period once the quota is used up, which
shows as slow requests at low CPU use. `throttled_*` tell it
(https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paceline import clock as clocks
from paceline.observe import cgroup as groups
from paceline.observe import kernel_files

_TWO_SAMPLES = "needs two samples, one some time after the other"
_NO_STAT = "needs two samples of the Linux /proc/stat, one some time after the other"
_NO_LIMIT = "no control group limits the CPU"
_NO_THROTTLING = "no control group counts throttled time"
_NO_PERIOD = "no quota period passed between two samples"


@dataclass(frozen=True, slots=True)
class CpuReading:
    """CPU use since the sample before; every `None` is explained in `unavailable`."""

    process_percent: float | None
    """100 is one core; may exceed 100 where native code runs beside the interpreter."""
    host_percent: float | None
    """Busy share of all cores, 0 to 100."""
    steal_percent: float | None
    """Share of time that the hypervisor gave to others, 0 to 100."""
    cores: int | None
    """Cores this process may run on."""
    limit_cores: float | None
    """Quota of the tightest control group in cores."""
    throttled_ms: float | None
    """Time held back since the sample before, summed over cores."""
    throttled_period_ratio: float | None
    """Share of quota periods since the sample before in which the group was held back."""
    throttled_total_ms: float | None
    """Time held back since the group was made."""
    unavailable: tuple[tuple[str, str], ...] = ()
    """(field, reason) of everything that is `None`."""


@dataclass(frozen=True, slots=True)
class _Ticks:
    """Counters of all cores since boot, in clock ticks."""

    total: int
    idle: int
    steal: int


@dataclass(frozen=True, slots=True)
class _Quota:
    """What the group whose limit binds says; `throttled_ns` and the periods are `None` if it does not count."""

    folder: Path
    cores: float | None
    throttled_ns: int | None
    periods: int | None
    throttled_periods: int | None


class CpuSampler:
    """Compare each sample with the one before; one per process, called from one thread."""

    __slots__ = ("_cgroup", "_last_ns", "_last_process_ns", "_last_quota", "_last_ticks", "_proc", "_process_ns")

    def __init__(
        self,
        proc: Path = kernel_files.PROC,
        cgroup: Path = kernel_files.CGROUP,
        process_ns: Callable[[], int] = time.process_time_ns,
    ) -> None:
        self._proc = proc
        self._cgroup = cgroup
        self._process_ns = process_ns
        self._last_ns: int | None = None
        self._last_process_ns = 0
        self._last_ticks: _Ticks | None = None
        self._last_quota: _Quota | None = None

    def sample(self, clock: clocks.Clock) -> CpuReading:
        """Measure since the sample before; never raises."""
        gaps = kernel_files.Gaps()
        process = gaps.check("process_percent", self._process_percent(clock.monotonic_ns()), _TWO_SAMPLES)
        host, steal = self._host_percents()
        gaps.check("host_percent", host, _NO_STAT)
        gaps.check("steal_percent", steal, _NO_STAT)
        before, quota = self._last_quota, _quota(self._proc, self._cgroup)
        self._last_quota = quota
        total_ns = quota and quota.throttled_ns
        throttled_ns, ratio = _held_back(before, quota)
        uncounted = _NO_THROTTLING if total_ns is None else _TWO_SAMPLES
        return CpuReading(
            process_percent=process,
            host_percent=host,
            steal_percent=steal,
            cores=gaps.check("cores", _cores(), "this platform does not tell its cores"),
            limit_cores=gaps.check("limit_cores", quota and quota.cores, _NO_LIMIT),
            throttled_ms=gaps.check("throttled_ms", _milliseconds(throttled_ns), uncounted),
            throttled_period_ratio=gaps.check(
                "throttled_period_ratio", ratio, uncounted if throttled_ns is None else _NO_PERIOD
            ),
            throttled_total_ms=gaps.check("throttled_total_ms", _milliseconds(total_ns), _NO_THROTTLING),
            unavailable=gaps.listed(),
        )

    def _process_percent(self, now_ns: int) -> float | None:
        process_ns = self._process_ns()
        before_ns, before_process_ns = self._last_ns, self._last_process_ns
        self._last_ns, self._last_process_ns = now_ns, process_ns
        if before_ns is None or now_ns <= before_ns:
            return None
        # A fork starts the child's CPU clock anew while the wall clock goes on.
        return max(process_ns - before_process_ns, 0) * 100 / (now_ns - before_ns)

    def _host_percents(self) -> tuple[float | None, float | None]:
        before, now = self._last_ticks, _ticks(self._proc)
        self._last_ticks = now
        if before is None or now is None or now.total <= before.total:
            return None, None
        total = now.total - before.total
        # The kernel's idle counters may step back a little on hot-unplugged cores (see proc(5)).
        idle = min(max(now.idle - before.idle, 0), total)
        steal = min(max(now.steal - before.steal, 0), total)
        return (total - idle) * 100 / total, steal * 100 / total


def _ticks(proc: Path) -> _Ticks | None:
    """Return the first line of `/proc/stat`: cpu user nice system idle iowait irq softirq steal guest guest_nice."""
    words = (kernel_files.text(proc / "stat") or "").partition("\n")[0].split()
    counts = [kernel_files.integer(word) for word in words[1:9]]
    known = [count for count in counts if count is not None]
    if words[:1] != ["cpu"] or len(known) < 8:
        return None
    # Guest time is part of user time already, so only the first eight are summed.
    return _Ticks(total=sum(known), idle=known[3] + known[4], steal=known[7])


def _quota(proc: Path, cgroup: Path) -> _Quota | None:
    """Return the tightest quota of the lineage with its own counters: children do not count a parent's throttling."""
    lineage = groups.lineage("cpu", proc=proc, cgroup=cgroup)
    if lineage is None:
        return None
    found = [(_limit_cores(folder, lineage.version), folder) for folder in lineage.folders]
    limited = [(cores, folder) for cores, folder in found if cores is not None]
    cores, folder = min(limited, key=lambda each: each[0]) if limited else (None, lineage.folders[0])
    stat = kernel_files.fields(folder / "cpu.stat")
    throttled_us = stat.get("throttled_usec")
    throttled_ns = stat.get("throttled_time") if throttled_us is None else throttled_us * 1_000
    return _Quota(folder, cores, throttled_ns, stat.get("nr_periods"), stat.get("nr_throttled"))


def _limit_cores(folder: Path, version: int) -> float | None:
    if version == 2:
        words = (kernel_files.text(folder / "cpu.max") or "").split()
        quota, period = (kernel_files.integer(word) for word in words) if len(words) == 2 else (None, None)
    else:
        quota = kernel_files.number(folder / "cpu.cfs_quota_us")
        period = kernel_files.number(folder / "cpu.cfs_period_us")
    return quota / period if quota and period else None


def _held_back(before: _Quota | None, now: _Quota | None) -> tuple[int | None, float | None]:
    """Return throttled nanoseconds and the share of throttled periods between two samples of the same group."""
    if before is None or now is None or before.folder != now.folder:
        return None, None
    if before.throttled_ns is None or now.throttled_ns is None:
        return None, None
    throttled_ns = max(now.throttled_ns - before.throttled_ns, 0)
    periods = (now.periods or 0) - (before.periods or 0)
    if periods <= 0:
        return throttled_ns, None
    throttled = (now.throttled_periods or 0) - (before.throttled_periods or 0)
    return throttled_ns, min(max(throttled, 0) / periods, 1.0)


def _milliseconds(ns: int | None) -> float | None:
    return None if ns is None else ns / 1_000_000


def _cores() -> int | None:
    """Return the cores of this process: its own count since Python 3.13, its affinity on Linux, else all."""
    own = getattr(os, "process_cpu_count", None)
    if own is not None:
        return own()
    try:
        return len(os.sched_getaffinity(0)) or None
    except (AttributeError, OSError):
        return os.cpu_count()
