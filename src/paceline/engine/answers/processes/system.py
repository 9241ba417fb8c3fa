"""The system: the service's processes, and the machine under them as the answering process sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paceline.engine.answers import measures, ranges
from paceline.engine.answers.processes import memory, workers
from paceline.observe import cpu, host
from paceline.telemetry import snapshot as snapshots

KINDS = ("cpu.process_percent", "cpu.host_percent", "cpu.throttled_ms", "descriptors.open", "threads")
"""What has to be read for these answers."""


@dataclass(frozen=True, slots=True)
class WorkerSystem:
    """One process that reported in the range."""

    worker: str
    pid: int | None
    live: bool
    uptime_seconds: float | None
    python_version: str | None
    cpu_percent: float | None
    """Over the last minute; 100 is one core."""
    throttled_ms: float | None
    """Held back by the container's CPU limit, over the range."""
    descriptors: int | None
    threads: int | None


@dataclass(frozen=True, slots=True)
class PressurePercents:
    """Share of the last 10 s in which something waited for a resource."""

    cpu_percent: float | None
    memory_percent: float | None
    io_percent: float | None


@dataclass(frozen=True, slots=True)
class SystemSummary:
    """The service's processes and the machine under them."""

    service_uptime_seconds: float | None
    """Age of the oldest live worker."""
    workers: tuple[WorkerSystem, ...]
    python_version: str
    implementation: str
    platform: str
    version: str | None
    """Of the service."""
    environment: str | None
    cores: int | None
    cpu_percent: float | None
    """Of all live workers together over the last minute; 100 is one core."""
    host_cpu_percent: float | None
    cpu_limit_cores: float | None
    """None where no container limits the CPU."""
    throttled_ms: float | None
    """Worst worker's, over the range."""
    load_average: tuple[float, float, float] | None
    pressure: PressurePercents | None
    group_pressure: PressurePercents | None
    """Of the container."""
    disk_free: memory.Size | None
    """Where the store is; the root without a file."""
    disk_total: memory.Size | None
    disk_free_percent: float | None
    descriptors: int | None
    """Of all live workers."""
    descriptor_limit: int | None
    """Per process."""
    host_uptime_seconds: float | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the summary is made of."""

    machine: host.HostReading
    """Of the process that answers, which runs on the same machine as the workers: they share the store's file."""
    processor: cpu.CpuReading
    snapshot: snapshots.Snapshot
    """The range."""
    recent: snapshots.Snapshot
    """The last minute."""
    live: frozenset[str]
    introductions: Mapping[str, workers.Introduction]
    now_ms: int


def summary(given: Surroundings) -> SystemSummary:
    """Return the system."""
    names = sorted(given.live.union(given.recent.workers))
    found = tuple(_worker(given, name) for name in names)
    live = [each for each in found if each.live]
    told = given.introductions.get(live[0].worker if live else "", workers.Introduction(""))
    machine, processor = given.machine, given.processor
    return SystemSummary(
        service_uptime_seconds=_largest([each.uptime_seconds for each in live]),
        workers=found,
        python_version=told.python_version or machine.python_version,
        implementation=told.implementation or machine.implementation,
        platform=told.platform or machine.platform,
        version=told.version,
        environment=told.environment,
        cores=told.cores or processor.cores,
        cpu_percent=_sum([each.cpu_percent for each in live]),
        host_cpu_percent=measures.rounded(_largest(_host_percents(given.recent))),
        cpu_limit_cores=measures.rounded(told.cpu_limit_cores or processor.limit_cores),
        throttled_ms=_largest([each.throttled_ms for each in found]),
        load_average=machine.load_average,
        pressure=_pressure(machine.pressure),
        group_pressure=_pressure(machine.group_pressure),
        disk_free=memory.size(machine.disk_free_bytes),
        disk_total=memory.size(machine.disk_total_bytes),
        disk_free_percent=_disk_percent(machine),
        descriptors=_sum_counts([each.descriptors for each in live]),
        descriptor_limit=machine.descriptor_limit,
        host_uptime_seconds=measures.rounded(machine.host_uptime_s, 1),
    )


def _worker(given: Surroundings, name: str) -> WorkerSystem:
    told = given.introductions.get(name, workers.Introduction(name))
    percent = given.recent.gauges.get(("cpu.process_percent", name))
    throttled = given.snapshot.gauges.get(("cpu.throttled_ms", name))
    return WorkerSystem(
        worker=name,
        pid=told.pid,
        live=name in given.live,
        uptime_seconds=None if told.started_ms is None else max(given.now_ms - told.started_ms, 0) / 1_000,
        python_version=told.python_version,
        cpu_percent=measures.rounded(percent and percent.mean),
        throttled_ms=measures.rounded(throttled and throttled.sum),
        descriptors=_last(given.recent, "descriptors.open", name),
        threads=_last(given.recent, "threads", name),
    )


def _last(snapshot: snapshots.Snapshot, kind: str, worker: str) -> int | None:
    gauge = snapshot.gauges.get((kind, worker))
    return None if gauge is None else int(gauge.last)


def _pressure(found: host.Pressure | None) -> PressurePercents | None:
    return None if found is None else PressurePercents(found.cpu_percent, found.memory_percent, found.io_percent)


def _disk_percent(machine: host.HostReading) -> float | None:
    if machine.disk_free_bytes is None or not machine.disk_total_bytes:
        return None
    return measures.percent(machine.disk_free_bytes, machine.disk_total_bytes)


def _host_percents(recent: snapshots.Snapshot) -> list[float]:
    return [gauge.mean for gauge in recent.gauges_of("cpu.host_percent").values()]


def _largest(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return measures.rounded(sum(known)) if known else None


def _sum_counts(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


_ASKED = {
    "load_average": "load_average",
    "pressure": "pressure",
    "group_pressure": "group_pressure",
    "disk_free": "disk_free_bytes",
    "disk_total": "disk_total_bytes",
    "descriptor_limit": "descriptor_limit",
    "host_uptime_seconds": "host_uptime_s",
    "cores": "cores",
    "cpu_limit_cores": "limit_cores",
}
"""Fields that the answering process reads itself, and what they are called where they are read."""
_REPORTED = ("service_uptime_seconds", "cpu_percent", "host_cpu_percent", "throttled_ms", "descriptors")


def gaps(given: Surroundings, found: SystemSummary) -> tuple[ranges.Unavailable, ...]:
    """Return which fields of the summary are None, and why."""
    reasons = dict((*given.machine.unavailable, *given.processor.unavailable))
    told = next((given.introductions[name] for name in sorted(given.live) if name in given.introductions), None)
    missing = "not reported yet" if given.live else "no worker is live: all left or fell silent"
    listed = [
        (field, reasons.get(asked, "not readable here"))
        for field, asked in _ASKED.items()
        if getattr(found, field) is None
    ]
    for field in _REPORTED:
        if getattr(found, field) is None:
            name = field.replace("cpu_percent", "percent") if field == "host_cpu_percent" else field
            listed.append((field, told.reason(name, missing) if told else missing))
    return tuple(ranges.Unavailable(f"system.{field}", reason) for field, reason in listed)
