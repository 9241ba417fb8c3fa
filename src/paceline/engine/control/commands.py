"""Commands to workers: sent as rows, waited for, and told who has answered.

Whoever is asked sends, be it a worker, `paceline serve` or a terminal; every process reads at its next flush
(`control`). A worker that does not answer in time is pending, not failed: it may be busy, or gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paceline import errors
from paceline.telemetry.store import interface

ANSWERED = "answered"
PENDING = "pending"
FAILED = "failed"

WAIT_S = 3.0
"""How long workers are waited for: a flush of 2 s, and some."""
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of workers: of one by its id, or of all."""

    action: str
    arguments: Mapping[str, object]
    by: str
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What one worker said; `state` is answered, pending or failed."""

    state: str
    result: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """A command that was sent, and the replies by worker: of every worker that is live or has answered."""

    command_id: int
    replies: Mapping[str, Reply]

    def states(self, answered: str) -> dict[str, str]:
        """Return the state of each worker, with another word for `answered`."""
        return {name: answered if one.state == ANSWERED else one.state for name, one in self.replies.items()}

    @property
    def silent(self) -> tuple[str, ...]:
        """Return the workers that failed, or have not answered."""
        return tuple(name for name, one in self.replies.items() if one.state != ANSWERED)


Watch = Callable[[Sent], bool]
"""Called while waiting; False gives up waiting."""


class Commands:
    """Sends commands and waits for the live workers.

    Args:
        store: where commands and answers are.
        live: returns the workers that report.
        sleep: waits between two looks.
    """

    def __init__(
        self, store: interface.Store, live: Callable[[], frozenset[str]], sleep: Callable[[float], None]
    ) -> None:
        self._store = store
        self._live = live
        self._sleep = sleep

    def addressed(self, worker: str | None) -> frozenset[str]:
        """Return the live workers that a command would reach.

        Raises:
            errors.NotFound: that worker is not live.
        """
        live = self._live()
        if worker is None:
            return live
        if worker not in live:
            known = f"live are {', '.join(sorted(live))}" if live else "no worker is"
            raise errors.NotFound(f"worker {worker[:40]!r} is not live; {known}")
        return frozenset((worker,))

    def send(self, command: Command, *, wait_s: float = WAIT_S, watch: Watch | None = None) -> Sent:
        """Send a command and wait for the live workers, up to `wait_s` seconds.

        Raises:
            errors.NotFound: the worker it is for is not live.
            errors.StoreError: the store cannot be written or read.
        """
        live = self.addressed(command.worker)
        command_id = self._store.command(command.action, command.arguments, worker=command.worker, by=command.by)
        sent = self._replies(command_id, live)
        for _ in range(round(wait_s / _POLL_S)):
            if all(reply.state != PENDING for reply in sent.replies.values()):
                break
            if watch is not None and not watch(sent):
                break
            self._sleep(_POLL_S)
            sent = self._replies(command_id, live)
        return sent

    def _replies(self, command_id: int, live: frozenset[str]) -> Sent:
        replies = {name: Reply(PENDING, {}) for name in live}
        for answer in self._store.answers(command_id):
            state = FAILED if "failed" in answer.result else ANSWERED
            replies[answer.worker] = Reply(state, answer.result)
        return Sent(command_id, {name: replies[name] for name in sorted(replies)})
