"""Operations: what an operator may have done in all workers, whoever was asked, and what came of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from paceline import changes, errors
from paceline import clock as clocks
from paceline.engine import errands, jobs, journal, observations
from paceline.engine.answers import jobs as job_answers
from paceline.engine.answers import journal as journal_answers
from paceline.engine.answers import paging, ranges
from paceline.engine.control import clearing, commands, thresholds, tuning
from paceline.telemetry import settings as settings_
from paceline.telemetry.store import interface

OPERATOR = "operator"
COLLECT = "collect_garbage"
PUT_SETTING = "put_setting"
SET_THRESHOLD = "set_memory_threshold"
_THRESHOLD = "memory_threshold"


class Operations(observations.Observations):
    """Changes how the service measures, not the application. `by` is who asked, for the journal."""

    def __init__(
        self,
        store: interface.Store,
        settings: settings_.TelemetrySettings,
        *,
        clock: clocks.Clock = clocks.SYSTEM,
        worker: str | None = None,
        started: thresholds.Started | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        started = started or thresholds.Started()
        super().__init__(store, settings, clock=clock, worker=worker, started=started, sleep=sleep)
        reader = self._reader
        self._commands = commands.Commands(store, lambda: reader.live(reader.now()), sleep)
        self._jobs = jobs.Jobs(store, lambda: str(os.getpid()), clock)
        self._journal = journal.Journal(store)
        self._tuning = tuning.Tuning(store, (settings, started.observe, *started.others), started.sources)

    def clear_metrics(self, what: str = "all", *, by: str = OPERATOR) -> clearing.Cleared:
        """Forget what was measured (all, statements, requests or memory), here and in all workers."""
        paging.choose(what, clearing.KINDS, "what")
        now_ms = self._reader.clock.now_ms()
        entry = self._begun("clear_metrics", {"what": what}, by)
        cleared = clearing.clear(self.store, self._commands, what=what, by=by, now_ms=now_ms)
        self._journal.conclude(entry, {"state": jobs.DONE, "rows": cleared.rows, "workers": dict(cleared.workers)})
        return cleared

    def collect_garbage(self, worker: str | None = None, *, by: str = OPERATOR) -> job_answers.Job:
        """Run a full collection in one worker or all, in their flush threads; return the job that waits for them.

        Its result holds by worker: freed objects and bytes (the difference of resident memory, which may be negative),
        the pause, and the collector's counts.
        """
        if not self._commands.addressed(worker):
            raise errors.NotFound("no worker is live: there is nothing to collect in")
        entry = self._begun(COLLECT, {"worker": worker}, by)
        return self._in_workers(errands.Errand(COLLECT, commands.Command("collect", {}, by, worker), entry))

    def set_memory_threshold(self, threshold: float, *, by: str = OPERATOR) -> job_answers.Job:
        """Set the share of the real limit that is worth a warning; return the job that tells which workers have it."""
        value = self._tuning.checked(_THRESHOLD, threshold)
        entry = self._put(_THRESHOLD, value, by)
        command = tuning.announced(_THRESHOLD, by)
        return self._in_workers(errands.Errand(SET_THRESHOLD, command, entry, {"threshold": value}))

    def settings(self) -> tuning.Settings:
        """Return all settings but the secrets, with value, default and source."""
        return tuning.Settings(self._tuning.settings())

    def put_setting(self, name: str, value: object, *, by: str = OPERATOR) -> tuning.Changed:
        """Change a live setting in all workers and for good; None goes back to the value of the start."""
        previous = self._tuning.setting(name)
        entry = self._put(name, self._tuning.checked(name, value), by)
        states = self._commands.send(tuning.announced(name, by)).states(tuning.APPLIED)
        now = self._tuning.setting(name)
        self._journal.conclude(entry, {"state": jobs.DONE, "value": now.value, "workers": states})
        return tuning.Changed(name, now.value, previous.value, now.source, states, entry)

    def jobs(self, *, limit: int = 50, cursor: str | None = None) -> ranges.Page[job_answers.Job]:
        """Return jobs, newest first."""
        paging.check_limit(limit)
        rows = self.store.jobs(limit + 1, before=job_answers.before(cursor))
        return job_answers.page(rows, self._reader.clock.now_ms(), limit=limit)

    def job(self, job_id: str) -> job_answers.Job:
        """Return one job; NotFound when there is none, or no longer."""
        return job_answers.told(self._jobs.row(job_id))

    def cancel_job(self, job_id: str, *, by: str = OPERATOR) -> job_answers.Job:
        """Have a job's owner end it; return the job as it is now."""
        row = self._jobs.cancel(job_id, by)
        entry = self._begun(jobs.CANCEL, {"job": job_id, "kind": row.kind}, by)
        self._journal.conclude(entry, {"state": jobs.DONE})
        return job_answers.told(row)

    def journal(self, *, limit: int = 50, cursor: str | None = None) -> ranges.Page[journal_answers.Entry]:
        """Return what operators changed, newest first."""
        paging.check_limit(limit)
        rows = self.store.journal(limit + 1, before=journal_answers.before(cursor))
        return journal_answers.page(rows, self._reader.clock.now_ms(), limit=limit)

    def stop_jobs(self) -> None:
        """Leave this process's jobs interrupted: it ends."""
        self._jobs.stop()

    def _put(self, name: str, value: object, by: str) -> int:
        """Keep a live setting; return the id of its entry in the journal, which has the old one as undo."""
        old = self.store.live_settings().get(name)
        undo = {"action": PUT_SETTING, "arguments": {"name": name, "value": old}}
        entry = self._begun(PUT_SETTING, {"name": name, "value": value}, by, undo)
        self._tuning.put(name, value, by)
        return entry

    def _begun(
        self, action: str, arguments: Mapping[str, object], by: str, undo: Mapping[str, object] | None = None
    ) -> int:
        now_ms = self._reader.clock.now_ms()
        return self._journal.begin(changes.JournalEntry(now_ms, by, action, arguments, {}, undo))

    def _in_workers(self, errand: errands.Errand) -> job_answers.Job:
        body = errands.body(errand, self._commands, self._journal)
        try:
            return job_answers.told(self._jobs.start(errand.kind, errand.command.by, body))
        except errors.PacelineError as problem:
            self._journal.conclude(errand.entry, {"state": jobs.FAILED, "error": str(problem)})
            raise
