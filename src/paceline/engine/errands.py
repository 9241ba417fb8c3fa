"""Errands: jobs that have something done in workers and wait until all of them have said what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from paceline import changes, errors
from paceline.engine import jobs, journal
from paceline.engine.control import commands

WAIT_S = 15.0
"""A worker answers after its flush of 2 s; what it does there (a collection of a large process) may take seconds."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done in workers, and the entry of the journal that is concluded when it is."""

    kind: str
    command: commands.Command
    entry: int
    about: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the job's result says beside the workers."""


def body(errand: Errand, sender: commands.Commands, book: journal.Journal) -> jobs.Body:
    """Return the body of the job that runs the errand. A worker that failed or stayed silent is a failed step."""

    def run(job: jobs.Run) -> jobs.Outcome:
        def watch(sent: commands.Sent) -> bool:
            waiting = len(sent.silent)
            total = len(sent.replies)
            job.report(changes.Progress(total - waiting, total, "workers answered"))
            return not job.is_cancelled

        try:
            sent = sender.send(errand.command, wait_s=WAIT_S, watch=watch)
        except errors.PacelineError as problem:
            book.conclude(errand.entry, {"state": jobs.FAILED, "error": str(problem)})
            raise
        result = {**errand.about, "workers": {name: _told(reply) for name, reply in sent.replies.items()}}
        state = _state(sent, is_cancelled=job.is_cancelled)
        watch(sent)
        book.conclude(errand.entry, {"state": state, "job": job.row.id, **result})
        if state == jobs.CANCELLED:
            raise jobs.Cancelled(result)
        return jobs.Outcome(result, sent.silent)

    return run


def _state(sent: commands.Sent, *, is_cancelled: bool) -> str:
    if not sent.silent:
        return jobs.DONE
    return jobs.CANCELLED if is_cancelled else jobs.FAILED


def _told(reply: commands.Reply) -> Mapping[str, object]:
    return {"state": jobs.DONE if reply.state == commands.ANSWERED else reply.state, **reply.result}
