"""This process as gauges: memory, processor, collector, descriptors; and a warning when memory nears its limit.

Read in the flush thread: resident memory every 2 s, the rest every 10 s. Once at its start and once an hour a process
also tells what does not change (its interpreter, its cores, its limit and what cannot be measured here and why) as one
event.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

from paceline import clock as clocks
from paceline.observe import calibration, cpu, garbage, host, memory
from paceline.observe import settings as settings_
from paceline.telemetry import recorder as recorders
from paceline.telemetry import units
from paceline.telemetry import window as windows

INTRODUCE_EVERY_NS = 3_600 * 1_000_000_000
WARN_EVERY_NS = 300 * 1_000_000_000
"""A process that stays above its threshold says so every five minutes, not every thirty seconds."""

log = logging.getLogger("paceline")

LOOK_EVERY_NS = 10 * 1_000_000_000
LOOKS_AT_START = 2
"""Flushes that look at once: how much of the processor is used shows only between two looks."""


class ProcessGauges:
    """Collects the gauges of this process; `threshold` and `check_seconds` may change while running."""

    def __init__(
        self,
        recorder: recorders.Recorder,
        settings: settings_.ObserveSettings,
        *,
        about: Mapping[str, object] | None = None,
        clock: clocks.Clock = clocks.SYSTEM,
    ) -> None:
        self.threshold = settings.memory_threshold
        self.check_seconds = settings.memory_check_seconds
        self.pauses = garbage.PauseTimer()
        self._recorder = recorder
        self._about = dict(about or {})
        self._clock = clock
        self._cpu = cpu.CpuSampler()
        self._calibration: calibration.Calibration | None = None
        self._begin()

    def _begin(self) -> None:
        self._worker = self._recorder.worker
        self._started_ms = self._clock.now_ms()
        self._introduced_ns: int | None = None
        self._checked_ns: int | None = None
        self._warned_ns: int | None = None
        self._pause_ns = 0
        self._looks = 0
        self._looked_ns = 0
        self._levels: dict[str, float | None] = {}

    def collect(self) -> dict[windows.Key, windows.Gauge]:
        """Return the gauges; called once per flush.

        What takes files of the kernel is looked at every ten seconds and repeated in between: each file gives the
        interpreter lock away several times, and a busy application lets nobody have it back for 5 ms each.
        """
        if self._recorder.worker != self._worker:  # a child after a fork is a process of its own
            self._begin()
        self.pauses.start()
        now_ns = self._clock.monotonic_ns()
        passing: dict[str, float | None] = {"memory.rss": memory.resident_bytes()}
        if self._looks < LOOKS_AT_START or now_ns - self._looked_ns >= min(LOOK_EVERY_NS, self.check_seconds * 1e9):
            passing = self._look(now_ns)
        levels = self._levels | passing | self._collector_levels()
        return {
            (name, self._worker): windows.Gauge.of(float(value)) for name, value in levels.items() if value is not None
        }

    def _look(self, now_ns: int) -> dict[str, float | None]:
        """Read everything; keep the levels and return what is not one: it counts once."""
        self._looks += 1
        self._looked_ns = now_ns
        reading = memory.read()
        processor = self._cpu.sample(self._clock)
        if self._introduced_ns is None or now_ns - self._introduced_ns >= INTRODUCE_EVERY_NS:
            self._introduced_ns = now_ns
            self._calibration = self._calibration or calibration.calibrate()
            self._recorder.note(self._introduction(reading, processor))
        if self._checked_ns is None or now_ns - self._checked_ns >= self.check_seconds * 1e9:
            self._checked_ns = now_ns
            self._check(reading, now_ns)
        self._levels = _memory_levels(reading) | _processor_levels(processor) | _host_levels()
        return {"cpu.throttled_ms": processor.throttled_ms}

    def _check(self, reading: memory.MemoryReading, now_ns: int) -> None:
        ratio = reading.usage_ratio
        if ratio is None or reading.limit is None or ratio < self.threshold:
            return
        if self._warned_ns is not None and now_ns - self._warned_ns < WARN_EVERY_NS:
            return
        self._warned_ns = now_ns
        limit = units.formatted_bytes(reading.limit.bytes)
        log.warning(
            "memory at %.0f %% of the %s limit of %s (threshold %.0f %%); see /memory/stats",
            ratio * 100,
            reading.limit.kind,
            limit,
            self.threshold * 100,
        )
        body = {
            "what": "memory",
            "ratio": round(ratio, 4),
            "limit_kind": reading.limit.kind,
            "threshold": self.threshold,
        }
        self._recorder.note(windows.Event(windows.WARNING, self._clock.now_ms(), body))

    def _introduction(self, reading: memory.MemoryReading, processor: cpu.CpuReading) -> windows.Event:
        machine = host.read()
        collector = garbage.read()
        generations = collector.generations or ()
        body: dict[str, object] = {
            **self._about,
            "pid": os.getpid(),
            "started_ms": self._started_ms,
            "python_version": machine.python_version,
            "implementation": machine.implementation,
            "platform": machine.platform,
            "cores": processor.cores,
            "cpu_limit_cores": processor.limit_cores,
            "limit_kind": reading.limit.kind if reading.limit else None,
            "limit_bytes": reading.limit.bytes if reading.limit else None,
            "gc_enabled": collector.enabled,
            "gc_thresholds": [generation.threshold for generation in generations],
            "probe_ns_per_request": self._calibration and self._calibration.request_ns,
            "probe_ns_per_statement": self._calibration and self._calibration.statement_ns,
            "unavailable": dict((*reading.unavailable, *processor.unavailable, *collector.unavailable)),
        }
        return windows.Event(windows.WORKER, self._clock.now_ms(), body)

    def _collector_levels(self) -> dict[str, float | None]:
        reading = garbage.read()
        generations = reading.generations or ()
        total_ns = sum(pause.total_ns for pause in self.pauses.pauses())
        pause_ns, self._pause_ns = total_ns - self._pause_ns, total_ns
        return {
            "gc.pause_ms": pause_ns / 1e6,
            "gc.collections": sum(generation.collections for generation in generations),
            "gc.collected": sum(generation.collected for generation in generations),
            "gc.uncollectable": sum(generation.uncollectable for generation in generations),
        }


def _memory_levels(reading: memory.MemoryReading) -> dict[str, float | None]:
    return {
        "memory.rss": reading.rss_bytes,
        "memory.peak_rss": reading.peak_rss_bytes,
        "memory.heap_reserved": reading.heap_reserved_bytes,
        "memory.heap_used": reading.heap_used_bytes,
        "memory.native": reading.native_bytes,
        "memory.large_blocks": reading.large_blocks_bytes,
        "memory.allocated_blocks": reading.allocated_blocks,
        "memory.usage": reading.usage_bytes,
        "memory.limit": reading.limit.bytes if reading.limit else None,
        "memory.usage_ratio": reading.usage_ratio,
    }


def _processor_levels(reading: cpu.CpuReading) -> dict[str, float | None]:
    return {
        "cpu.process_percent": reading.process_percent,
        "cpu.host_percent": reading.host_percent,
    }


def _host_levels() -> dict[str, float | None]:
    descriptors, threads = host.counts()
    return {"descriptors.open": descriptors, "threads": threads}
