"""The part of a store that people and processes talk through: commands, live settings, jobs, journal, proofs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paceline.telemetry.store import interface
from paceline.telemetry.store.sqlite_file import access

SILENT_MS = 10_000
"""A job whose owner gave no sign of life for this long is interrupted (DESIGN, Control)."""

_LAST = 2**62
"""After every moment and every id."""


class Ledger(access.Access):
    """Commands and answers, live settings, jobs, the journal and proofs."""

    def command(self, action: str, arguments: Mapping[str, object], *, worker: str | None, by: str) -> int:
        """Add a command for one process or all; return its id."""
        row = (self._clock.now_ms(), action, access.to_json(arguments), worker, by)
        return self._add("INSERT INTO control (at_ms, action, arguments, worker, by) VALUES (?, ?, ?, ?, ?)", row)

    def commands(self, after_id: int) -> Sequence[interface.Command]:
        """Return commands newer than `after_id`, oldest first."""
        rows = self._rows("SELECT * FROM control WHERE id > ? ORDER BY id", (after_id,))
        return [
            interface.Command(number, at_ms, action, access.from_json(arguments), worker, by)
            for number, at_ms, action, arguments, worker, by in rows
        ]

    def last_command(self) -> int:
        """Return the id of the newest command there ever was, 0 without one; smaller than before: the store is new."""
        rows = self._rows("SELECT seq FROM sqlite_sequence WHERE name = 'control'")
        return rows[0][0] if rows else 0

    def answer(self, answer: interface.Answer) -> None:
        """Keep what a process did with a command; a second answer of the same process replaces the first."""
        row = (answer.command_id, answer.worker, answer.at_ms, access.to_json(answer.result))
        self._add("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", row)

    def answers(self, command_id: int) -> Sequence[interface.Answer]:
        """Return the answers to a command."""
        rows = self._rows("SELECT * FROM answer WHERE command_id = ? ORDER BY at_ms, worker", (command_id,))
        return [interface.Answer(number, name, at_ms, access.from_json(body)) for number, name, at_ms, body in rows]

    def put_setting(self, name: str, value: object, by: str) -> None:
        """Keep a live setting over restarts (journalled by the caller); None takes it away."""
        if value is None:
            self._add("DELETE FROM setting WHERE name = ?", (name,))
            return
        row = (name, access.to_json(value), by, self._clock.now_ms())
        self._add("INSERT OR REPLACE INTO setting VALUES (?, ?, ?, ?)", row)

    def live_settings(self) -> Mapping[str, object]:
        """Return the live settings that were put."""
        return {name: access.from_json(value) for name, value in self._rows("SELECT name, value FROM setting")}

    def put_job(self, job: interface.JobRow) -> None:
        """Add a job or replace its row."""
        result = None if job.result is None else access.to_json(job.result)
        head = (job.id, job.kind, job.state, job.owner, job.created_ms, job.heartbeat_ms)
        row = (*head, access.to_json(job.progress), result, job.by)
        self._add("INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def job(self, job_id: str) -> interface.JobRow | None:
        """Return one job; one whose owner was silent for 10 s is `interrupted`."""
        rows = self._rows("SELECT * FROM job WHERE id = ?", (job_id,))
        return self._job(rows[0]) if rows else None

    def jobs(self, limit: int = 50, *, before: tuple[int, str] | None = None) -> Sequence[interface.JobRow]:
        """Return jobs, newest first; `before` is (created_ms, id) of the one to go on from."""
        rows = self._rows(
            "SELECT * FROM job WHERE (created_ms, id) < (?, ?) ORDER BY created_ms DESC, id DESC LIMIT ?",
            (*(before or (_LAST, "")), limit),
        )
        return [self._job(row) for row in rows]

    def _job(self, row: tuple[Any, ...]) -> interface.JobRow:
        number, kind, state, owner, created_ms, heartbeat_ms, progress, result, by = row
        if state in {"queued", "running"} and self._clock.now_ms() - heartbeat_ms > SILENT_MS:
            state = "interrupted"
        outcome = None if result is None else access.from_json(result)
        head = (number, kind, state, owner, created_ms, heartbeat_ms)
        return interface.JobRow(*head, access.from_json(progress), outcome, by)

    def journal(self, limit: int = 50, *, before: int | None = None) -> Sequence[interface.JournalRow]:
        """Return journal entries, newest first; `before` is the id of the one to go on from."""
        first = _LAST if before is None else before
        rows = self._rows("SELECT * FROM journal WHERE id < ? ORDER BY id DESC LIMIT ?", (first, limit))
        return [
            interface.JournalRow(
                number,
                at_ms,
                by,
                action,
                access.from_json(arguments),
                access.from_json(result),
                undo and access.from_json(undo),
            )
            for number, at_ms, by, action, arguments, result, undo in rows
        ]

    def add_journal(self, row: interface.JournalRow) -> int:
        """Append an entry (its id is given by the store); return the id."""
        undo = None if row.undo is None else access.to_json(row.undo)
        values = (row.at_ms, row.by, row.action, access.to_json(row.arguments), access.to_json(row.result), undo)
        return self._add(
            "INSERT INTO journal (at_ms, by, action, arguments, result, undo) VALUES (?, ?, ?, ?, ?, ?)", values
        )

    def conclude_journal(self, entry_id: int, result: Mapping[str, object]) -> None:
        """Say what came of an entry that was made before its change."""
        self._add("UPDATE journal SET result = ? WHERE id = ?", (access.to_json(result), entry_id))

    def put_proof(self, proof_id: str, at_ms: int, body: Mapping[str, object]) -> None:
        """Keep a proof, or replace it; proofs survive clearing and retention."""
        self._add("INSERT OR REPLACE INTO proof VALUES (?, ?, ?)", (proof_id, at_ms, access.to_json(body)))

    def proofs(self, limit: int = 50) -> Mapping[str, Mapping[str, object]]:
        """Return proofs by id, newest first."""
        rows = self._rows("SELECT id, body FROM proof ORDER BY at_ms DESC, id LIMIT ?", (limit,))
        return {name: access.from_json(body) for name, body in rows}

    def _add(self, statement: str, values: tuple[object, ...]) -> int:
        with self._transaction(writing=True) as link:
            return link.connection.execute(statement, values).lastrowid or 0

    def _rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        with self._transaction(writing=False) as link:
            return link.connection.execute(query, values).fetchall()
