"""Lists in pages: sorted largest first, ties by key, so that pages together are the whole list, each row once.

A cursor is the place of the last row shown: its sort value and key. It holds its place while the list moves
underneath; a row whose value changes between two pages may show twice or not at all.
"""

from __future__ import annotations

import base64
import binascii
import bisect
import json
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from paceline import errors

Item = TypeVar("Item")

MAX_LIMIT = 1_000
_MAX_CURSOR_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Cut(Generic[Item]):
    """The items of one page, the cursor of the next (None after the last), and how many there are in all."""

    items: tuple[Item, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Order(Generic[Item]):
    """A sort order by name: `value` is what counts (largest first), `key` tells two items apart."""

    name: str
    value: Callable[[Item], float]
    key: Callable[[Item], str]


def cut(items: Iterable[Item], order: Order[Item], *, limit: int, cursor: str | None = None) -> Cut[Item]:
    """Return one page.

    Raises:
        errors.UsageError: the limit is not 1 to 1000, or the cursor is not one of this list and order.
    """
    check_limit(limit)
    listed = list(items)
    placed = sorted(((-order.value(item), order.key(item)), index) for index, item in enumerate(listed))
    first = 0
    if cursor:
        last = decode(cursor, order.name)
        first = bisect.bisect_right(placed, last, key=operator.itemgetter(0))
    shown = placed[first : first + limit]
    more = first + limit < len(placed)
    return Cut(
        items=tuple(listed[index] for _, index in shown),
        next_cursor=encode(order.name, shown[-1][0]) if more else None,
        total=len(placed),
    )


def check_limit(limit: int, name: str = "limit") -> None:
    """Raise UsageError unless the limit is 1 to 1000."""
    if not 1 <= limit <= MAX_LIMIT:
        raise errors.UsageError(f"{name}={limit} is out of range; it may be 1 to {MAX_LIMIT}")


def choose(name: str, choices: Mapping[str, Item], what: str = "sort") -> Item:
    """Return what a name stands for; UsageError lists the names there are."""
    if name not in choices:
        raise errors.UsageError(f"{what}={name[:40]!r} is not known; choose one of {', '.join(choices)}")
    return choices[name]


def encode(order: str, place: tuple[float, str]) -> str:
    """Return a place in a list as an opaque text, safe in URLs."""
    body = json.dumps([order, *place], separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def decode(cursor: str, order: str) -> tuple[float, str]:
    """Return the place that `encode` wrote; UsageError when it is no cursor, or one of another order."""
    try:
        if len(cursor) > _MAX_CURSOR_CHARS:
            raise ValueError
        body = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found, value, key = cast("list[object]", json.loads(body, parse_constant=_refuse))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise errors.UsageError("cursor is not one of ours; leave it out to begin with the first page") from None
    if found != order or type(value) not in (int, float) or not isinstance(key, str):
        raise errors.UsageError("cursor belongs to another list or sort; leave it out to begin with the first page")
    return cast("float", value), key


def _refuse(constant: str) -> float:
    """Refuse NaN, which has no place in any order."""
    raise ValueError(constant)
