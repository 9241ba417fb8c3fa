"""The journal: every change that an operator made, also what came of it and how to undo it.

An entry is written before its change and concluded after it, so that a change whose process died in the middle still
stands there, as `started`. Entries survive clearing and retention.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from paceline import changes
from paceline.telemetry.store import interface

STARTED = "started"
STATEMENTS = "statements"
"""Under this name the statements of a change are kept in its result."""


class Journal:
    """Appends to the journal of one store. Every method raises StoreError when it cannot be written."""

    def __init__(self, store: interface.Store) -> None:
        self._store = store

    def begin(self, entry: changes.JournalEntry) -> int:
        """Note a change that is about to be made; return the id of its entry."""
        begun = dataclasses.replace(entry, result={"state": STARTED, **entry.result})
        return self.add(begun)

    def conclude(self, entry_id: int, result: Mapping[str, object], statements: tuple[str, ...] = ()) -> None:
        """Say what came of a change that was begun."""
        self._store.conclude_journal(entry_id, _kept(result, statements))

    def add(self, entry: changes.JournalEntry) -> int:
        """Note a change that has been made; return the id of its entry."""
        result = _kept(entry.result, entry.statements)
        row = interface.JournalRow(0, entry.at_ms, entry.by, entry.action, entry.arguments, result, entry.undo)
        return self._store.add_journal(row)


def _kept(result: Mapping[str, object], statements: tuple[str, ...]) -> Mapping[str, object]:
    return {**result, STATEMENTS: list(statements)} if statements else result
