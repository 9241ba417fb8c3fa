"""Live levels of this process, for whoever must decide now: a name and its latest value.

`observe` writes (pool wait, event-loop lag), `accelerate.limits` reads; neither knows the other. A signal is one plain
dictionary slot: writing costs 30 ns, reading as much, and a signal nobody writes simply is not there.
"""

from __future__ import annotations

_levels: dict[str, float] = {}


def put(name: str, value: float) -> None:
    """Set the latest value of a signal."""
    _levels[name] = value


def get(name: str, default: float | None = None) -> float | None:
    """Return the latest value of a signal, or `default` when nobody measured it."""
    return _levels.get(name, default)


def everything() -> dict[str, float]:
    """Return a copy of all signals."""
    return dict(_levels)


def forget() -> None:
    """Remove all signals (a child process after a fork, a test)."""
    _levels.clear()
