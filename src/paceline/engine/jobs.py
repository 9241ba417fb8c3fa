"""Jobs: changes and measurements that take longer than an answer, run beside it in threads of this process.

A job is a row in the store, so any process can tell of it, and it can be read after its owner has left. The owner
gives a sign of life every 2.5 s while it has jobs; one that is silent for 10 s has left its jobs `interrupted`. To
cancel is a command: it reaches the owner whoever was asked, and the job when it next looks.

At most two jobs run at once in a process, and twenty wait: they work on one database, and hurry helps nobody.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from paceline import changes, errors
from paceline import clock as clocks
from paceline.telemetry.store import interface

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
CANCELLED = "cancelled"
INTERRUPTED = "interrupted"
OPEN = (QUEUED, RUNNING)

BEAT_S = 2.5
"""Between two signs of life: three may fail before a job counts as interrupted (`ledger.SILENT_MS`)."""
MAX_RUNNING = 2
MAX_WAITING = 20
CANCEL = "cancel_job"
"""The command that asks an owner to end a job."""

log = logging.getLogger("paceline")


class TooManyJobs(errors.ServiceUnavailable):
    """As many jobs wait as may; wait for some to end, or cancel some."""


class Cancelled(Exception):
    """Raised by a body that ends because it was told to; `result` is what it had done by then."""

    def __init__(self, result: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self.result = result or {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a body returns; a job with a failed step is failed."""

    result: Mapping[str, object]
    failed: tuple[str, ...] = ()
    """Names of the steps that failed."""


class Run:
    """A job while this process has it: what its body talks to."""

    def __init__(self, row: interface.JobRow, body: Body) -> None:
        self.row = row
        self.body = body
        self.progress = row.progress
        self._cancelled = threading.Event()

    def report(self, progress: changes.Progress) -> None:
        """Say how far the job is; it is written with the next sign of life."""
        self.progress = dataclasses.asdict(progress)

    @property
    def is_cancelled(self) -> bool:
        """Return whether the job was told to end; a body asks before each step."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Tell the job to end."""
        self._cancelled.set()


Body = Callable[[Run], Outcome]
"""The work of a job. It raises Cancelled to end early, PacelineError with a message for people when it fails."""


class Jobs:
    """The jobs of one process.

    Args:
        store: where the rows are.
        owner: returns the name of this process.
        clock: time of the rows.
        beat_s: seconds between two signs of life.
    """

    def __init__(
        self,
        store: interface.Store,
        owner: Callable[[], str],
        clock: clocks.Clock = clocks.SYSTEM,
        *,
        beat_s: float = BEAT_S,
    ) -> None:
        self._store = store
        self._owner = owner
        self._clock = clock
        self._beat_s = beat_s
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._mine: dict[str, Run] = {}
        self._waiting: deque[Run] = deque()
        self._threads = 0
        self._beating = False
        self._seen = 0

    def start(self, kind: str, by: str, body: Body) -> interface.JobRow:
        """Queue a job and return its row.

        Raises:
            TooManyJobs: twenty wait already.
            errors.StoreError: the store cannot be written.
        """
        if os.getpid() != self._pid:  # a child after a fork has none of its parent's jobs, and no thread
            self._begin()
        now_ms = self._clock.now_ms()
        progress = dataclasses.asdict(changes.Progress(0, None, "waiting"))
        head = (secrets.token_hex(8), kind, QUEUED, self._owner(), now_ms, now_ms)
        run = Run(interface.JobRow(*head, progress, None, by), body)
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                raise TooManyJobs(f"{MAX_WAITING} jobs wait already: wait for some to end, or cancel some")
            if not self._mine:
                self._seen = self._store.last_command()
            self._store.put_job(run.row)
            self._mine[run.row.id] = run
            self._waiting.append(run)
            self._wake()
        return run.row

    def _wake(self) -> None:
        if self._threads < MAX_RUNNING:
            self._threads += 1
            threading.Thread(target=self._work, name="paceline-job", daemon=True).start()
        if not self._beating:
            self._beating = True
            threading.Thread(target=self._keep_beating, name="paceline-jobs-beat", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                run = self._waiting.popleft()
            self._end(run, *self._executed(run))

    def _executed(self, run: Run) -> tuple[str, Mapping[str, object]]:
        """Run a job; return its last state and its result."""
        if run.is_cancelled:
            return CANCELLED, {}
        self._write(run, RUNNING)
        try:
            outcome = run.body(run)
        except Cancelled as cancelled:
            return CANCELLED, cancelled.result
        except errors.PacelineError as problem:
            return FAILED, {"error": str(problem)}
        except Exception as mistake:  # a job that breaks is told as failed; a message might hold what it worked on
            log.warning("the job %s %s failed: %s", run.row.kind, run.row.id, type(mistake).__name__)
            return FAILED, {"error": type(mistake).__name__}
        if outcome.failed:
            return FAILED, {**outcome.result, "error": f"failed: {', '.join(outcome.failed)}"}
        return DONE, outcome.result

    def _end(self, run: Run, state: str, result: Mapping[str, object]) -> None:
        with self._lock:
            if run.row.state in OPEN:  # not one that was given up by `stop` meanwhile
                run.row = dataclasses.replace(run.row, result=result)
                self._write(run, state)

    def _write_all(self, runs: Iterable[Run], state: str | None = None) -> None:
        """Write rows until the store takes none: every further one would wait as long for its lock."""
        for run in tuple(runs):
            if not self._write(run, state):
                return

    def _write(self, run: Run, state: str | None = None) -> bool:
        """Write a job's row with a sign of life, and return whether the store took it.

        An ended one that is written is no longer ours.
        """
        with self._lock:
            now_ms = self._clock.now_ms()
            said = {"state": state or run.row.state, "heartbeat_ms": now_ms, "progress": run.progress}
            run.row = dataclasses.replace(run.row, **said)
            try:
                self._store.put_job(run.row)
            except errors.StoreError as problem:
                log.debug("the job %s is written with the next sign of life: %s", run.row.id, problem)
                return False
            if run.row.state not in OPEN:
                self._mine.pop(run.row.id, None)
            return True

    def _keep_beating(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self._beat_s)
            with self._lock:
                if not self._mine:
                    self._beating = False
                    return
            self.beat()

    def beat(self) -> None:
        """Give a sign of life of every job, and read which are to be cancelled."""
        with self._lock:
            self._write_all(self._mine.values())
        try:
            newest = self._store.last_command()
            commands = self._store.commands(min(self._seen, newest)) if newest != self._seen else ()
        except errors.StoreError as problem:
            log.debug("commands to jobs cannot be read: %s", problem)
            return
        self._seen = newest
        for command in commands:
            run = self._mine.get(str(command.arguments.get("job"))) if command.action == CANCEL else None
            if run is not None:
                run.cancel()

    def cancel(self, job_id: str, by: str) -> interface.JobRow:
        """Tell the owner of a job to end it; return the job as it is now.

        Raises:
            errors.NotFound: there is no such job, or no longer.
            errors.UsageError: it is over.
        """
        row = self.row(job_id)
        if row.state not in OPEN:
            raise errors.UsageError(f"job {job_id[:40]} is {row.state}; only a queued or running one can be cancelled")
        self._store.command(CANCEL, {"job": job_id}, worker=None, by=by)
        run = self._mine.get(job_id) if os.getpid() == self._pid else None
        if run is not None:
            run.cancel()
        return row

    def row(self, job_id: str) -> interface.JobRow:
        """Return a job of whatever process; NotFound when there is none, or no longer."""
        row = self._store.job(job_id)
        if row is None:
            raise errors.NotFound(f"job {job_id[:40]!r} is not known, or no longer; see the list of jobs")
        return row

    def stop(self) -> None:
        """Give up what this process has not finished: it ends, and nobody should wait 10 s to know."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            self._waiting.clear()
            runs = list(self._mine.values())
            for run in runs:
                run.cancel()
            self._write_all((run for run in runs if run.row.state in OPEN), INTERRUPTED)
