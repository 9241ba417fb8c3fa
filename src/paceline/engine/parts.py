"""The parts of one process, put together: recorder, flush thread, store, gauges, commands, duties, answers.

Made when paceline is installed, started on first use in the process that serves. Nothing in here raises into the host.
"""

from __future__ import annotations

import atexit
import dataclasses
import functools
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from paceline import clock as clocks
from paceline import errors
from paceline.engine import configuration, duties
from paceline.engine.control import answering, applying, thresholds
from paceline.observe import process
from paceline.observe.sql import sqlalchemy
from paceline.telemetry import flusher
from paceline.telemetry import recorder as recorders
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry.running import limits as bounds
from paceline.telemetry.store import interface, opening

log = logging.getLogger("paceline")

if TYPE_CHECKING:
    from paceline.engine import service


def open_store(configured: configuration.Configuration, clock: clocks.Clock = clocks.SYSTEM) -> interface.Store:
    """Return the service's store."""
    wanted = configured.telemetry
    return opening.open_store(
        wanted.store,
        service=configured.service,
        retention=dataclasses.replace(wanted.retention, events=wanted.slow_log_size),
        max_bytes=wanted.max_store_bytes,
        clock=clock,
    )


class Parts:
    """Everything that one host process runs."""

    def __init__(self, configured: configuration.Configuration, clock: clocks.Clock = clocks.SYSTEM) -> None:
        wanted = configured.telemetry
        self.configured = configured
        self.store = open_store(configured, clock)
        self.recorder = recorders.Recorder(limits_of(wanted))
        self.flusher = flusher.Flusher(self.recorder, self.store, clock)
        about = {"version": wanted.version or git_revision(), "environment": wanted.environment}
        self.gauges = process.ProcessGauges(self.recorder, configured.observe, about=about, clock=clock)
        self.applying = applying.Applying(configured, self.recorder, self.gauges, self.store)
        self.control = answering.Control(self.store, self.recorder, apply=self.applying.apply, clock=clock)
        self.duties = duties.Duties(self.store, lambda: self.recorder.worker, clock=clock)
        self.sqlalchemy = sqlalchemy.Probe(self.recorder)
        self._clock = clock
        self.flusher.collectors.append(self.gauges.collect)
        self.flusher.after_flush += [self.control.poll, self.duties.tick]

    @functools.cached_property
    def service(self) -> service.Service:
        """Return what answers from the store; made when first asked, as its import takes as long as all of ours."""
        return service_of(self.configured, self.store, self._clock, samples=self.recorder.samples)

    def attach(self) -> None:
        """Hook the drivers that the application has imported by now."""
        self.sqlalchemy.attach()

    def start(self) -> None:
        """Start the flush thread of this process; atexit ends it if nothing else does. Idempotent."""
        self.attach()
        note = self._store_problem()
        if note:
            log.warning("the store: %s", note)
        self.control.poll()  # settings that were changed live hold from the first request on
        self.recorder.begin()
        self.flusher.start()
        atexit.register(self.stop)

    def _store_problem(self) -> str | None:
        try:
            return self.store.status().note
        except errors.StoreError as problem:
            return str(problem)

    def stop(self) -> None:
        """Flush, give the lease up, end the thread; within 2 s. Idempotent."""
        atexit.unregister(self.stop)
        if "service" in vars(self):
            self.service.stop_jobs()
        if self.flusher.stop():
            self.duties.stop()

    def detach(self) -> None:
        """Stop and put back every function that was replaced."""
        self.stop()
        self.sqlalchemy.detach()
        self.gauges.pauses.stop()
        self.store.close()


def service_of(
    configured: configuration.Configuration,
    store: interface.Store,
    clock: clocks.Clock = clocks.SYSTEM,
    *,
    samples: thresholds.Samples | None = None,
) -> service.Service:
    """Return the service that answers from a store; for hosts and for `serve` and `top` alike."""
    from paceline.engine import service

    made = service.Service(
        store,
        configured.telemetry,
        clock=clock,
        worker=str(os.getpid()),
        started=thresholds.Started(
            configured.observe, (configured.postgres, *configured.others), configured.sources, samples
        ),
    )
    made.postgres = configured.postgres
    return made


def limits_of(wanted: telemetry_settings.TelemetrySettings) -> bounds.Limits:
    """Return the settings as the hot path reads them."""
    return bounds.Limits(
        slow_statement_ns=int(wanted.slow_statement_ms * 1e6),
        slow_response_ns=int(wanted.slow_response_ms * 1e6),
        excluded_routes=frozenset(wanted.exclude_routes),
        statement_samples=wanted.statement_samples,
        max_request_keys=wanted.max_request_keys,
        max_statement_keys=wanted.max_statement_keys,
    )


def git_revision(folder: Path | None = None) -> str | None:
    """Return the short git revision of a checkout, None where there is none or no git."""
    import subprocess

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
