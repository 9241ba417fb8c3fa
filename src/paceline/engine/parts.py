"""The parts of one process, put together: recorder, flush thread, store, gauges, commands, duties, answers.

Made when paceline is installed, started on first use in the process that serves. Nothing in here raises into the host.
"""

from __future__ import annotations

import atexit
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paceline import clock as clocks
from paceline import settings as loader
from paceline.engine import control, duties, service
from paceline.observe import process
from paceline.observe import settings as observe_settings
from paceline.observe.sql import sqlalchemy
from paceline.telemetry import flusher
from paceline.telemetry import recorder as recorders
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry.running import limits as bounds
from paceline.telemetry.store import interface, opening

KINDS: tuple[type, ...] = (telemetry_settings.TelemetrySettings, observe_settings.ObserveSettings)
"""Settings of the rooms that this file puts together."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of all rooms below, with the source of each and what was wrong."""

    telemetry: telemetry_settings.TelemetrySettings
    observe: observe_settings.ObserveSettings
    service: str
    sources: Mapping[str, str]
    problems: tuple[str, ...]


def configure(
    keywords: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Configuration:
    """Load the settings; SettingsError when a keyword is wrong."""
    telemetry = loader.load(telemetry_settings.TelemetrySettings, keywords, environ=environ, folder=folder)
    observe = loader.load(observe_settings.ObserveSettings, keywords, environ=environ, folder=folder)
    return Configuration(
        telemetry.values,
        observe.values,
        telemetry_settings.service_name(telemetry.values, environ, folder),
        {**telemetry.sources, **observe.sources},
        tuple(dict.fromkeys((*telemetry.problems, *observe.problems))),
    )


def open_store(configured: Configuration, clock: clocks.Clock = clocks.SYSTEM) -> interface.Store:
    """Return the service's store."""
    wanted = configured.telemetry
    return opening.open_store(
        wanted.store,
        service=configured.service,
        retention=wanted.retention,
        max_bytes=wanted.max_store_bytes,
        clock=clock,
    )


class Parts:
    """Everything that one host process runs."""

    def __init__(self, configured: Configuration, clock: clocks.Clock = clocks.SYSTEM) -> None:
        wanted = configured.telemetry
        self.configured = configured
        self.store = open_store(configured, clock)
        self.recorder = recorders.Recorder(limits_of(wanted))
        self.flusher = flusher.Flusher(self.recorder, self.store, clock)
        about = {"version": wanted.version or git_revision(), "environment": wanted.environment}
        self.gauges = process.ProcessGauges(self.recorder, configured.observe, about=about, clock=clock)
        self.control = control.Control(self.store, self.recorder, clock=clock)
        self.duties = duties.Duties(self.store, lambda: self.recorder.worker)
        self.sqlalchemy = sqlalchemy.Probe(self.recorder)
        self.service = service_of(configured, self.store, clock)
        self.flusher.collectors.append(self.gauges.collect)
        self.flusher.after_flush += [self.control.poll, self.duties.tick]

    def attach(self) -> None:
        """Hook the drivers that the application has imported by now."""
        self.sqlalchemy.attach()

    def start(self) -> None:
        """Start the flush thread of this process; atexit ends it if nothing else does. Idempotent."""
        self.attach()
        self.recorder.begin()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Flush, give the lease up, end the thread; within 2 s. Idempotent."""
        atexit.unregister(self.stop)
        if self.flusher.stop():
            self.duties.stop()

    def detach(self) -> None:
        """Stop and put back every function that was replaced."""
        self.stop()
        self.sqlalchemy.detach()
        self.gauges.pauses.stop()
        self.store.close()


def service_of(
    configured: Configuration, store: interface.Store, clock: clocks.Clock = clocks.SYSTEM
) -> service.Service:
    """Return the service that answers from a store; for hosts and for `serve` and `top` alike."""
    return service.Service(
        store,
        configured.telemetry,
        clock=clock,
        worker=str(os.getpid()),
        memory_threshold=configured.observe.memory_threshold,
    )


def limits_of(wanted: telemetry_settings.TelemetrySettings) -> bounds.Limits:
    """Return the settings as the hot path reads them."""
    return bounds.Limits(
        slow_statement_ns=int(wanted.slow_statement_ms * 1e6),
        slow_response_ns=int(wanted.slow_response_ms * 1e6),
        excluded_routes=frozenset(wanted.exclude_routes),
        max_request_keys=wanted.max_request_keys,
        max_statement_keys=wanted.max_statement_keys,
    )


def git_revision(folder: Path | None = None) -> str | None:
    """Return the short git revision of a checkout, None where there is none or no git."""
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=1.0,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip() or None
