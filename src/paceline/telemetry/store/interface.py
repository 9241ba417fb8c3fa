"""What a telemetry store can do; one implementation per backend, chosen by the scheme of its URL (`opening`).

A store is shared by several processes that write and read at once. Writing may raise `StoreError`; the flusher drops,
counts and says so. Reading raises `StoreError` with what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from paceline.telemetry import snapshot, traces, window


@dataclass(frozen=True, slots=True)
class Range:
    """What to read: UTC epoch milliseconds, `since_ms` inclusive and `until_ms` exclusive; one worker or all.

    `kinds` limits what is read to those kinds of keys (None: all). A single worker is known only for the last hour,
    on the finest grid: roll-ups merge processes.
    """

    since_ms: int
    until_ms: int
    worker: str | None = None
    kinds: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the store keeps it; `id` grows, so that a reader can go on where it stopped."""

    id: int
    kind: str
    at_ms: int
    worker: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Command:
    """A row that every process reads at each flush and answers once (`control`)."""

    id: int
    at_ms: int
    action: str
    arguments: Mapping[str, object]
    worker: str | None
    """The one process that is asked, or None: all."""
    by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one process did with a command."""

    command_id: int
    worker: str
    at_ms: int
    result: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A running or finished change or measurement; `state` is queued, running, done, failed, cancelled, interrupted."""

    id: str
    kind: str
    state: str
    owner: str
    created_ms: int
    heartbeat_ms: int
    progress: Mapping[str, object]
    result: Mapping[str, object] | None
    by: str


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One change: who, what, with which arguments, what came of it, and how to undo it."""

    id: int
    at_ms: int
    by: str
    action: str
    arguments: Mapping[str, object]
    result: Mapping[str, object]
    undo: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Status:
    """How the store is: `location` for people, sizes in bytes, the workers seen in the last minute, lease holder."""

    location: str
    persistent: bool
    size_bytes: int
    max_bytes: int
    workers: tuple[str, ...]
    lease_holder: str | None
    rows: Mapping[str, int] = field(default_factory=dict[str, int])
    note: str | None = None
    """Why the store is not where it was asked to be, or why this process could not write its last window, and what to
    do; None when all is well."""


class Store(Protocol):
    """Windows in, snapshots out; beside it events, traces, texts, commands, jobs, the journal and the lease."""

    def write(self, part: window.Window) -> None:
        """Add a window in one transaction; one that comes late merges, it never overwrites."""
        ...

    def read(self, wanted: Range) -> snapshot.Snapshot:
        """Return everything in the range, merged, from the finest rows that still exist."""
        ...

    def steps(self, wanted: Range, step_ms: int) -> Sequence[snapshot.Snapshot]:
        """Return the range cut into equal steps, oldest first; a step without data is an empty snapshot."""
        ...

    def events(self, kind: str, *, since_ms: int, after_id: int = 0, limit: int = 100) -> Sequence[StoredEvent]:
        """Return events of one kind, newest first."""
        ...

    def traces(
        self,
        *,
        since_ms: int,
        route: str | None = None,
        worker: str | None = None,
        sort: str = "time",
        limit: int = 100,
        before: str | None = None,
    ) -> Sequence[traces.Trace]:
        """Return kept traces, newest or (sort `duration`) longest first; `before` is a trace id to go on from."""
        ...

    def trace(self, trace_id: str) -> traces.Trace | None:
        """Return one kept trace."""
        ...

    def texts(self, fingerprints: Sequence[str] | None = None) -> Mapping[str, str]:
        """Return normalised statement texts by fingerprint (None: all)."""
        ...

    def keep_events(self, count: int) -> None:
        """Keep that many slow statements, and slow responses, from now on; a store in memory keeps at most its own."""
        ...

    def clear(self, kinds: Sequence[str], at_ms: int) -> int:
        """Forget distributions, counters, gauges, events and traces of these kinds; return the rows removed."""
        ...

    def command(self, action: str, arguments: Mapping[str, object], *, worker: str | None, by: str) -> int:
        """Add a command for one process or all; return its id."""
        ...

    def commands(self, after_id: int) -> Sequence[Command]:
        """Return commands newer than `after_id`, oldest first."""
        ...

    def last_command(self) -> int:
        """Return the id of the newest command there ever was, 0 without one; smaller than before: the store is new."""
        ...

    def answer(self, answer: Answer) -> None:
        """Keep what a process did with a command."""
        ...

    def answers(self, command_id: int) -> Sequence[Answer]:
        """Return the answers to a command."""
        ...

    def put_setting(self, name: str, value: object, by: str) -> None:
        """Keep a live setting over restarts (journalled by the caller); None takes it away."""
        ...

    def live_settings(self) -> Mapping[str, object]:
        """Return the live settings that were put."""
        ...

    def put_job(self, job: JobRow) -> None:
        """Add a job or replace its row."""
        ...

    def job(self, job_id: str) -> JobRow | None:
        """Return one job; one whose owner was silent for 10 s is `interrupted`."""
        ...

    def jobs(self, limit: int = 50, *, before: tuple[int, str] | None = None) -> Sequence[JobRow]:
        """Return jobs, newest first; `before` is (created_ms, id) of the one to go on from."""
        ...

    def journal(self, limit: int = 50, *, before: int | None = None) -> Sequence[JournalRow]:
        """Return journal entries, newest first; `before` is the id of the one to go on from."""
        ...

    def add_journal(self, row: JournalRow) -> int:
        """Append an entry (its id is given by the store); return the id."""
        ...

    def conclude_journal(self, entry_id: int, result: Mapping[str, object]) -> None:
        """Say what came of an entry that was made before its change."""
        ...

    def put_proof(self, proof_id: str, at_ms: int, body: Mapping[str, object]) -> None:
        """Keep a proof, or replace it; proofs survive clearing and retention."""
        ...

    def proofs(self, limit: int = 50) -> Mapping[str, Mapping[str, object]]:
        """Return proofs by id, newest first."""
        ...

    def acquire_lease(self, holder: str, *, preferred: bool = False) -> bool:
        """Take or renew the lease on duties (10 s); a preferred holder takes it from another at its next renewal."""
        ...

    def release_lease(self, holder: str) -> None:
        """Give the lease up, if held."""
        ...

    def roll_up(self, budget_ms: int = 5) -> bool:
        """Merge finished minutes and hours into coarser rows for about `budget_ms`; return whether work is left."""
        ...

    def retain(self, budget_ms: int = 5) -> bool:
        """Delete rows beyond age or bytes for about `budget_ms`; return whether work is left."""
        ...

    def status(self) -> Status:
        """Return how the store is."""
        ...

    def close(self) -> None:
        """Close connections; the store can be opened again."""
        ...
