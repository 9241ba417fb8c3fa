"""Commands to this process: rows that every process reads at each flush and answers once.

What is asked of workers is in the store, so it reaches all of them whoever was asked, also those of other hosts'
parents and children. Live settings are rows that are kept, so a worker that starts later has them too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from paceline import clock as clocks
from paceline import errors
from paceline.observe import garbage
from paceline.telemetry import recorder as recorders
from paceline.telemetry.store import interface

Run = Callable[[Mapping[str, object]], Mapping[str, object]]
Apply = Callable[[Mapping[str, object]], None]
"""Lets live settings hold in this process; given all of them, by name."""

log = logging.getLogger("paceline")


class Control:
    """Answers the commands meant for this process, and keeps its settings as they are in the store."""

    def __init__(
        self,
        store: interface.Store,
        recorder: recorders.Recorder,
        *,
        apply: Apply | None = None,
        clock: clocks.Clock = clocks.SYSTEM,
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._apply = apply
        self._clock = clock
        self._actions: dict[str, Run] = {"clear": self._clear, "collect": self._collect, "settings": self._settings}
        self._last_id: int | None = None
        self._worker = recorder.worker

    def add(self, action: str, run: Run) -> None:
        """Let `run` answer commands of that action; what it returns is the answer."""
        self._actions[action] = run

    def poll(self) -> None:
        """Run and answer what is new; called in the flush thread."""
        try:
            newest = self._store.last_command()
            if self._last_id is None or self._recorder.worker != self._worker:
                # Commands from before this process's time are not for it; settings are.
                self._worker = self._recorder.worker
                self._read_settings()
                self._last_id = newest
            elif newest < self._last_id:  # the file is another one: what was put in the old one is gone
                self._read_settings()
                self._last_id = 0
            if newest > self._last_id:
                self._run(self._store.commands(self._last_id))
        except errors.StoreError as problem:
            log.debug("commands cannot be read: %s", problem)

    def _run(self, commands: Sequence[interface.Command]) -> None:
        for command in commands:
            self._last_id = command.id
            if command.worker in (None, self._worker) and command.action in self._actions:
                self._store.answer(self._answer(command))

    def _answer(self, command: interface.Command) -> interface.Answer:
        try:
            result = self._actions[command.action](command.arguments)
        except Exception as error:  # a command that fails is answered, never left open
            result = {"failed": type(error).__name__}
        return interface.Answer(command.id, self._worker, self._clock.now_ms(), result)

    def _clear(self, arguments: Mapping[str, object]) -> Mapping[str, object]:
        self._recorder.discard()
        return {"cleared": arguments.get("what", "all")}

    def _collect(self, _arguments: Mapping[str, object]) -> Mapping[str, object]:
        before = garbage.read().generations or ()
        found = garbage.collect(self._clock)
        return {
            "freed_objects": found.freed_objects,
            "freed_bytes": found.freed_bytes,
            "pause_ms": round(found.pause_ns / 1e6, 3),
            "rss_before_bytes": found.rss_before_bytes,
            "rss_after_bytes": found.rss_after_bytes,
            "generations": [
                {
                    "pending_before": then.pending,
                    "pending_after": now.pending,
                    "collections": now.collections,
                    "collected": now.collected,
                    "uncollectable": now.uncollectable,
                }
                for then, now in zip(before, garbage.read().generations or (), strict=True)
            ],
        }

    def _settings(self, _arguments: Mapping[str, object]) -> Mapping[str, object]:
        self._read_settings()
        return {}

    def _read_settings(self) -> None:
        if self._apply is not None:
            self._apply(self._store.live_settings())
