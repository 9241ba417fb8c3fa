"""The processes of the service: what each told about itself when it started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface


@dataclass(frozen=True, slots=True)
class Introduction:
    """What does not change about a process; None where it could not tell."""

    worker: str
    pid: int | None = None
    started_ms: int | None = None
    python_version: str | None = None
    implementation: str | None = None
    platform: str | None = None
    cores: int | None = None
    cpu_limit_cores: float | None = None
    limit_kind: str | None = None
    gc_enabled: bool | None = None
    gc_thresholds: tuple[int, ...] = ()
    version: str | None = None
    environment: str | None = None
    probe_ns_per_request: float | None = None
    """What the probe takes within a request there, as it measured once (`observe.calibration`)."""
    probe_ns_per_statement: float | None = None
    unavailable: Mapping[str, str] | None = None

    def reason(self, field: str, otherwise: str) -> str:
        """Return why a reading is missing."""
        return (self.unavailable or {}).get(field, otherwise)


def introductions(events: Sequence[interface.StoredEvent]) -> dict[str, Introduction]:
    """Return the newest introduction of each worker (events newest first)."""
    found: dict[str, Introduction] = {}
    for event in events:
        if event.worker not in found:
            found[event.worker] = _introduction(event)
    return found


def living(steps: Sequence[snapshots.Snapshot], left: Sequence[interface.StoredEvent]) -> frozenset[str]:
    """Return who reported in these windows and has not said since that it leaves (events newest first).

    A process that begins again under the same name, or number, is back with its next window.
    """
    gone: dict[str, int] = {}
    for event in left:
        gone.setdefault(event.worker, event.at_ms + windows.INTERVAL_MS)
    return frozenset(name for step in steps for name in step.workers if step.since_ms >= gone.get(name, 0))


def _introduction(event: interface.StoredEvent) -> Introduction:
    body = event.body
    gaps = body.get("unavailable")
    thresholds = body.get("gc_thresholds")
    enabled = body.get("gc_enabled")
    return Introduction(
        worker=event.worker,
        pid=_whole(body.get("pid")),
        started_ms=_whole(body.get("started_ms")),
        python_version=_text(body.get("python_version")),
        implementation=_text(body.get("implementation")),
        platform=_text(body.get("platform")),
        cores=_whole(body.get("cores")),
        cpu_limit_cores=_number(body.get("cpu_limit_cores")),
        limit_kind=_text(body.get("limit_kind")),
        gc_enabled=enabled if isinstance(enabled, bool) else None,
        gc_thresholds=_wholes(cast("list[object]", thresholds)) if isinstance(thresholds, list) else (),
        version=_text(body.get("version")),
        environment=_text(body.get("environment")),
        probe_ns_per_request=_number(body.get("probe_ns_per_request")),
        probe_ns_per_statement=_number(body.get("probe_ns_per_statement")),
        unavailable=cast("dict[str, str]", gaps) if isinstance(gaps, dict) else None,
    )


def _wholes(values: Sequence[object]) -> tuple[int, ...]:
    return tuple(value for value in values if isinstance(value, int))


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
