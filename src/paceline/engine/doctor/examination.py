"""The examination: every subject in order, each bounded in time; what fails or hangs is a line, not an end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Sequence

from paceline.engine.doctor import (
    circumstances,
    configured,
    database,
    drivers,
    extras,
    host,
    lines,
    runtime,
    storage,
    timing,
    tokens,
)

Examine = Callable[[circumstances.Circumstances], Iterable[lines.Line]]

SECTIONS: tuple[tuple[str, Examine], ...] = (
    ("python", runtime.examine),
    ("application", host.examine),
    ("drivers", drivers.examine),
    ("store", storage.examine),
    ("database", database.examine),
    ("extras", extras.examine),
    ("tokens", tokens.examine),
    ("settings", configured.examine),
    ("clock", timing.examine),
)
"""Each subject's title and function; a room above may add its own."""

LIMIT_S = 5.0
"""How long one subject may take: a file system that hangs is what a doctor is called for."""


def examine(
    found: circumstances.Circumstances, sections: Sequence[tuple[str, Examine]] = SECTIONS, limit_s: float = LIMIT_S
) -> lines.Diagnosis:
    """Return what every subject has to say; never raises."""
    said = tuple(lines.Section(title, _bounded(act, found, limit_s)) for title, act in sections)
    return lines.diagnosis(found.configured.service, said)


def _bounded(act: Examine, found: circumstances.Circumstances, limit_s: float) -> tuple[lines.Line, ...]:
    """Run one subject in a thread of its own, which a hang may keep: the process does not wait for it."""
    answer: queue.SimpleQueue[tuple[lines.Line, ...]] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_guarded(act, found)), name="paceline-doctor", daemon=True).start()
    try:
        return answer.get(timeout=limit_s)
    except queue.Empty:
        said = f"no answer within {limit_s:g} s"
        return (lines.Line(lines.PROBLEM, said, "see whether its disk or its server hangs"),)


def _guarded(act: Examine, found: circumstances.Circumstances) -> tuple[lines.Line, ...]:
    said: list[lines.Line] = []
    try:
        said.extend(act(found))
    except Exception as problem:  # one subject that cannot be looked at does not end the examination
        said.append(lines.Line(lines.PROBLEM, f"cannot be looked at: {type(problem).__name__}", None))
    return tuple(said)
