"""Commands to this process: rows that every process reads at each flush and answers once.

What is asked of workers is in the store, so it reaches all of them whoever was asked, also those of other hosts'
parents and children. Live settings are commands that are kept, so a worker that starts later has them too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from paceline import clock as clocks
from paceline import errors
from paceline.telemetry import recorder as recorders
from paceline.telemetry.store import interface

Run = Callable[[Mapping[str, object]], Mapping[str, object]]

log = logging.getLogger("paceline")


class Control:
    """Answers the commands meant for this process."""

    def __init__(
        self, store: interface.Store, recorder: recorders.Recorder, *, clock: clocks.Clock = clocks.SYSTEM
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._clock = clock
        self._actions: dict[str, Run] = {"clear": self._clear}
        self._last_id: int | None = None
        self._worker = recorder.worker

    def add(self, action: str, run: Run) -> None:
        """Let `run` answer commands of that action; what it returns is the answer."""
        self._actions[action] = run

    def poll(self) -> None:
        """Run and answer what is new; called in the flush thread."""
        try:
            if self._last_id is None or self._recorder.worker != self._worker:
                # Commands from before this process's time are not for it.
                self._worker = self._recorder.worker
                before = self._store.commands(0)
                self._last_id = before[-1].id if before else 0
                return
            for command in self._store.commands(self._last_id):
                self._last_id = command.id
                if command.worker in (None, self._worker) and command.action in self._actions:
                    self._store.answer(self._answer(command))
        except errors.StoreError as problem:
            log.debug("commands cannot be read: %s", problem)

    def _answer(self, command: interface.Command) -> interface.Answer:
        try:
            result = self._actions[command.action](command.arguments)
        except Exception as error:  # a command that fails is answered, never left open
            result = {"failed": type(error).__name__}
        return interface.Answer(command.id, self._worker, self._clock.now_ms(), result)

    def _clear(self, arguments: Mapping[str, object]) -> Mapping[str, object]:
        self._recorder.discard()
        return {"cleared": arguments.get("what", "all")}
