"""Clearing metrics: in the store at once, in the workers when they next flush."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paceline.engine.answers import paging, ranges
from paceline.engine.answers.processes import memory, system
from paceline.engine.control import commands
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface

CLEARED = "cleared"

ACTION = "clear"
"""The command that workers read (`control`)."""

_REQUESTS = (
    windows.REQUEST,
    windows.FIRST_BYTE,
    windows.STATUS,
    windows.BYTES_IN,
    windows.BYTES_OUT,
    windows.SLOW_RESPONSE,
    "trace",
)
_STATEMENTS = (windows.STATEMENT, windows.STATEMENT_ERRORS, windows.SLOW_STATEMENT)
_MEMORY = tuple(kind for kind in memory.KINDS if kind != windows.DROPPED)
_REST = (windows.FOLDED, windows.DROPPED, windows.OWN_COST, windows.WARNING, *system.KINDS)

KINDS: Mapping[str, tuple[str, ...]] = {
    "all": (*_REQUESTS, *_STATEMENTS, *_MEMORY, *_REST),
    "statements": _STATEMENTS,
    "requests": _REQUESTS,
    "memory": _MEMORY,
}
"""What each word clears. Findings, journal, proofs and what workers told about themselves stay."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was cleared, and in which workers."""

    what: str
    """all, statements, requests or memory."""
    at: str
    """RFC 3339: nothing measured before this is left."""
    rows: int
    """Rows that the store forgot."""
    workers: Mapping[str, str]
    """Each live worker: cleared, failed, or pending when it had not answered within 3 s."""
    command_id: int
    range: ranges.RangeInfo


def clear(store: interface.Store, sender: commands.Commands, *, what: str, by: str, now_ms: int) -> Cleared:
    """Clear the store, tell the workers, and wait up to 3 s for the live ones to answer.

    Raises:
        errors.UsageError: `what` is not known.
        errors.StoreError: the store cannot be written.
    """
    kinds = paging.choose(what, KINDS, "what")
    rows = store.clear(kinds, now_ms)
    arguments = {"what": what, "kinds": list(kinds), "at_ms": now_ms}
    sent = sender.send(commands.Command(ACTION, arguments, by))
    states = sent.states(CLEARED)
    moment = snapshots.Snapshot(now_ms, now_ms, workers=tuple(states))
    return Cleared(what, ranges.rfc3339(now_ms), rows, states, sent.command_id, ranges.range_info(moment, rows))
