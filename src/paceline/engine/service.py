"""The service: everything that can be asked of paceline, in any process; REST, the command line and Python ask it.

Answers are typed values (`answers`), and a method has the name of its path.
"""

from __future__ import annotations

from collections.abc import Sequence

from paceline import changes, errors
from paceline.engine import database, jobs, operations
from paceline.engine.answers import jobs as job_answers
from paceline.engine.answers import json_form

NotFound = errors.NotFound
NotYet = database.NotYet
OPTIMIZE = "optimize"


class Service(operations.Operations, database.DatabaseQuestions):
    """All questions and operations of one service. Any thread may call any method."""

    def optimize(
        self,
        *,
        operations: Sequence[str] | None = None,
        tables: Sequence[str] | None = None,
        force: bool = False,
        apply: bool = False,
        by: str = operations.OPERATOR,
    ) -> job_answers.Job:
        """Plan maintenance and return the job whose result is the plan (`maintenance_plan`, which says what it takes).

        What cannot be planned is refused here, so that nobody has to look into a job for a slip of the pen.
        """
        plan = self.maintenance_plan(operations=operations, tables=tables, force=force, apply=apply)

        def tell(job: jobs.Run) -> jobs.Outcome:
            job.report(changes.Progress(len(plan.steps), len(plan.steps), "planned"))
            return jobs.Outcome(json_form.to_json(plan))

        return job_answers.told(self._jobs.start(OPTIMIZE, by, tell))
