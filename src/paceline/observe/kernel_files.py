"""The kernel's text files (`/proc`, `/sys/fs/cgroup`), read so that nothing raises, and the gaps that they leave.

A file may be absent (macOS, an old kernel), unreadable (a hardened container) or hold what no manual mentions. All
three come back as `None`; the reader that asked names the gap in its reading, so that a missing number is never 0.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TypeVar

PROC = Path("/proc")
CGROUP = Path("/sys/fs/cgroup")

_Value = TypeVar("_Value")

_LARGEST = 1 << 64
"""Kernel counters have at most 64 bits; a longer number is damage and would overflow the arithmetic behind it."""


class Gaps:
    """Collect which fields of one reading could not be measured, and why."""

    __slots__ = ("_reasons",)

    def __init__(self) -> None:
        self._reasons: list[tuple[str, str]] = []

    def check(self, field: str, value: _Value | None, reason: str) -> _Value | None:
        """Return `value`; if it is `None`, keep `reason` for the field."""
        if value is None:
            self._reasons.append((field, reason))
        return value

    def listed(self) -> tuple[tuple[str, str], ...]:
        """Return (field, reason) of every gap, in the order of the reading."""
        return tuple(self._reasons)


def text(path: Path) -> str | None:
    """Return the whole content of a file, or `None` if it cannot be read."""
    try:
        with path.open("rb", buffering=0) as file:
            return file.readall().decode("utf-8", "replace")
    except (OSError, ValueError):  # ValueError: a path with a NUL from a damaged file
        return None


def integer(word: str) -> int | None:
    """Return a non-negative 64-bit number, or `None` for anything else (`max`, `unlimited`, damage)."""
    try:
        value = int(word)
    except ValueError:
        return None
    return value if 0 <= value < _LARGEST else None


def decimal(word: str) -> float | None:
    """Return a non-negative decimal number such as a load average, or `None` for anything else."""
    try:
        value = float(word)
    except ValueError:
        return None
    return value if 0.0 <= value < _LARGEST else None


def number(path: Path) -> int | None:
    """Return the single number that a file holds, or `None`."""
    return integer(text(path) or "")


def fields(path: Path) -> dict[str, int]:
    """Return the numbers of a file of `name value` lines (`kB` turned into bytes); empty if it cannot be read."""
    found: dict[str, int] = {}
    for line in (text(path) or "").splitlines():
        words = line.split(None, 3)
        value = integer(words[1]) if len(words) > 1 else None
        if value is not None:
            found[words[0].removesuffix(":")] = value * 1024 if words[2:3] == ["kB"] else value
    return found


def soft_limits(proc: Path = PROC) -> dict[str, int]:
    """Return the soft limits of `/proc/self/limits` that are set, under the kernel's names (`Max open files`)."""
    found: dict[str, int] = {}
    for line in (text(proc / "self" / "limits") or "").splitlines():
        # The name is padded to 25 columns and may hold blanks; the soft limit is the first word behind it.
        name, words = line[:25].strip(), line[25:].split(None, 1)
        value = integer(words[0]) if words else None
        if value is not None:
            found[name] = value
    return found


def is_folder(path: Path) -> bool:
    """Say whether a path is a folder that may be looked at."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False
