"""Parameters of a slow statement as examples: their types, or in short what they were.

It runs inside a request, for a slow statement only, and never raises: of a value that is not Python's own nothing is
called, its type's name is all there is to say.
"""

from __future__ import annotations

from typing import cast

from paceline.telemetry import records

MAX_PARAMETERS = 20
"""Parameters of an example; further ones are left out."""
MAX_CHARS = 100
"""Characters of a value."""
_MAX_INTEGER_BITS = 256
_MAX_ELEMENTS = 5
_SPOKEN_MODULES = ("datetime", "decimal", "uuid")
"""Whose values say themselves what they are, in a few characters."""


def sample(parameters: object, mode: str) -> records.Sample | None:
    """Return an example of parameters as a driver gets them, by position or by name, or a list of such sets.

    Args:
        parameters: what the driver was given.
        mode: the setting `statement_samples`: off, types or values.
    """
    if mode == "off":
        return None
    chosen = _first(parameters)[:MAX_PARAMETERS]
    values = tuple(_shown(value) for value in chosen) if mode == "values" else None
    return records.Sample(tuple(kind(value) for value in chosen), values)


def kind(value: object) -> str:
    """Return the type of a value, with its length where it has one: `int`, `str(12)`, `list[int](3)`, `None`."""
    if value is None:
        return "None"
    name = type(value).__name__
    if type(value) in (str, bytes):
        return f"{name}({len(cast('str', value))})"
    if type(value) in (list, tuple):
        elements = cast("list[object]", value)
        inner = {type(one).__name__ for one in elements[:MAX_PARAMETERS]}
        of = f"[{inner.pop()}]" if len(inner) == 1 else ""
        return f"{name}{of}({len(elements)})"
    return name


def _first(parameters: object) -> list[object]:
    """Return one set of parameters, without names: those may be a client's."""
    return _plain_set(cast("list[object]", parameters)[0] if _is_many(parameters) else parameters)


def _is_many(parameters: object) -> bool:
    """Return whether these are several sets, of which the first stands for all (executemany)."""
    if type(parameters) is not list:
        return False
    sets = cast("list[object]", parameters)
    return bool(sets) and type(sets[0]) in (dict, list, tuple)


def _plain_set(parameters: object) -> list[object]:
    if isinstance(parameters, dict):
        named = cast("dict[str, object]", parameters)
        return list(named.values())
    return list(cast("list[object]", parameters)) if type(parameters) in (list, tuple) else []


def _shown(value: object) -> str:
    if type(value) in (list, tuple):
        elements = cast("list[object]", value)
        more = ", ..." if len(elements) > _MAX_ELEMENTS else ""
        return _cut(f"[{', '.join(_plain(one) for one in elements[:_MAX_ELEMENTS])}{more}]")
    return _plain(value)


def _plain(value: object) -> str:
    if type(value) in (str, bytes):
        return _cut(repr(cast("str", value)[: MAX_CHARS + 1]))
    if value is None or type(value) in (bool, float):
        return repr(value)
    if type(value) is int and value.bit_length() <= _MAX_INTEGER_BITS:  # a longer one may refuse to be shown
        return repr(value)
    return _cut(str(value)) if type(value).__module__ in _SPOKEN_MODULES else kind(value)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARS else text[:MAX_CHARS] + "..."
