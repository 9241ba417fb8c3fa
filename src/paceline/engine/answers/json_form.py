"""Answers as JSON: dataclasses become objects, tuples become lists, and numbers stay numbers."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast


def to_json(value: object) -> dict[str, Any]:
    """Return an answer (any dataclass) as what `json.dumps` takes.

    Raises:
        TypeError: the value is no dataclass, or holds something that JSON does not know.
    """
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"an answer is a dataclass, {type(value).__name__} is not")
    return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        # JSON has no word for what is not a number; none of our answers should hold one, and no client dies of it.
        return value if math.isfinite(value) else None
    if dataclasses.is_dataclass(value):
        return to_json(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in cast("Mapping[object, object]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_plain(part) for part in cast("Sequence[object]", value)]
    raise TypeError(f"{type(value).__name__} has no form in JSON")
