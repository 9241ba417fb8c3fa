"""Whose installation counts in this process: the application's own comes before that of `paceline run`."""

from __future__ import annotations

from collections.abc import Callable

_asked = False
_withdrawals: list[Callable[[], None]] = []


def is_asked() -> bool:
    """Return whether the application has installed paceline itself, at any time."""
    return _asked


def ask() -> None:
    """Note that the application installs paceline itself; what was installed unasked goes."""
    global _asked  # noqa: PLW0603  (of the process, as its applications are)
    _asked = True
    while _withdrawals:
        _withdrawals.pop()()


def on_ask(withdraw: Callable[[], None]) -> None:
    """Have `withdraw` called when the application installs paceline itself."""
    _withdrawals.append(withdraw)
