"""Commands whose operands are values or made-up names though they look like words: SAVEPOINT, FETCH, SET, NOTIFY.

Drivers number their savepoints, cursors and prepared statements; a SET takes its value without quotes. Both would
make a new fingerprint each time, and the second would show a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from paceline.telemetry.sql_tokens import CONSTANT

_SET_KEEPS = ("transaction", "constraints", "characteristics")
_SETTABLE = ("role", "user", "database", "system")


def masked(found: list[str]) -> list[str]:
    """Return the tokens of one statement with such operands as CONSTANT; the first token must be in MASKS."""
    return MASKS[found[0]](found)


def _name(found: list[str]) -> list[str]:
    return found if found[-1] == "all" else [found[0], CONSTANT]


def _name_then_rest(found: list[str]) -> list[str]:
    return found if found[1:2] == ["transaction"] else [found[0], CONSTANT, *found[2:]]


def _rollback(found: list[str]) -> list[str]:
    return ["rollback", "to", CONSTANT] if "to" in found else found


def _cursor(found: list[str]) -> list[str]:
    for position, piece in enumerate(found):
        if piece in ("from", "in"):
            return [*found[: position + 1], CONSTANT]
    return [*found[:-1], CONSTANT] if len(found) > 1 else found


def _explain(found: list[str]) -> list[str]:
    if "execute" not in found:
        return found
    position = found.index("execute")
    return [*found[: position + 1], CONSTANT, *found[position + 2 :]]


def _set(found: list[str]) -> list[str]:
    for position, piece in enumerate(found):
        if piece in ("to", "="):
            return [*found[:position], "=", CONSTANT]
    if any(piece in _SET_KEEPS for piece in found[1:3]):
        return found
    kept = [piece for piece in found[1:3] if piece in ("local", "session", "role", "authorization", "time", "zone")]
    return ["set", *kept, CONSTANT]


def _alter(found: list[str]) -> list[str]:
    if found[1:2] and found[1] in _SETTABLE and "set" in found:
        position = found.index("set")
        return [*found[:position], *_set(found[position:])]
    return found


def _copy(found: list[str]) -> list[str]:
    """Leave out what follows STDIN: rows may, with or without a semicolon, and options look like rows."""
    for position, piece in enumerate(found):
        if piece == "stdin" and found[position - 1] == "from":
            return found[: position + 1]
    return found


MASKS: Mapping[str, Callable[[list[str]], list[str]]] = {
    "savepoint": _name,
    "release": _name,
    "close": _name,
    "deallocate": _name,
    "listen": _name,
    "unlisten": _name,
    "notify": _name,
    "rollback": _rollback,
    "declare": _name_then_rest,
    "execute": _name_then_rest,
    "prepare": _name_then_rest,
    "fetch": _cursor,
    "move": _cursor,
    "explain": _explain,
    "set": _set,
    "alter": _alter,
    "copy": _copy,
}
"""By first word: what to do with the tokens of such a command."""
