"""A statement's fingerprint: the same for all executions of one statement, with no literal in it.

Text in, text out: tokens (`sql_tokens`), then a handful of rewrites that join spellings of the same thing, then lists
of any length become one. What PostgreSQL itself would tell apart (columns, tables, order) stays apart; see
docs/explain/fingerprints.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from paceline.telemetry import sql_tokens
from paceline.telemetry.sql_tokens import CONSTANT, REST

MAX_CHARS = 16_384
"""How much of a text is read; what follows does not tell statements apart."""
MAX_TEXT_CHARS = 4_096
"""How much of a normalised text is kept to be shown."""

_NO_SPACE_BEFORE = frozenset((",", ")", "]", ".", "::", ";", "["))
_NO_SPACE_AFTER = frozenset(("(", "[", ".", "::"))
_LISTS = {"in": "(", "array": "["}
_NAMES_AFTER = {
    "savepoint": ("savepoint",),
    "release": ("savepoint", "release"),
    "rollback": ("savepoint", "to"),
    "deallocate": ("prepare", "deallocate"),
    "execute": ("execute",),
    "declare": ("declare",),
    "fetch": ("from", "in"),
    "move": ("from", "in"),
    "close": ("close",),
    "prepare": ("prepare",),
}
"""By first word: the words that a name made up by a driver follows."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`id`: 16 hex digits of the normalised text. `text`: that text, cut at MAX_TEXT_CHARS with an ellipsis."""

    id: str
    text: str


def fingerprint(sql: str | bytes) -> Fingerprint:
    """Return the fingerprint of a statement; any text and any bytes have one."""
    text = normalise(sql)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    shown = text if len(text) <= MAX_TEXT_CHARS else text[: MAX_TEXT_CHARS - 1] + "…"
    return Fingerprint(digest, shown.encode("utf-8", "replace").decode())


def normalise(sql: str | bytes, *, max_chars: int = MAX_CHARS) -> str:
    """Return the text without literals, comments and spellings; normalising it again changes nothing.

    Args:
        sql: with any driver's placeholders; bytes are read as UTF-8.
        max_chars: read that many characters; a literal that is cut there is swallowed like any other.
    """
    text = sql.decode("utf-8", "replace") if isinstance(sql, bytes) else sql
    found = sql_tokens.tokens(text[:max_chars].rstrip())
    while found and found[-1] == ";":
        found.pop()
    if not found:
        return ""
    return _joined(_collapsed(_respelled(_unnamed(found))))


def _unnamed(found: list[str]) -> list[str]:
    """Replace names that drivers number (savepoints, cursors, prepared statements), and the value of a SET."""
    first = found[0]
    if first == "set" and len(found) > 2:
        for position, piece in enumerate(found):
            if piece in ("to", "="):
                return [*found[: position + 1], CONSTANT]
        return found
    marks = _NAMES_AFTER.get(first)
    if marks is None:
        return found
    for position in range(len(found) - 1):
        following = found[position + 1]
        if found[position] in marks and following not in marks and following not in ("transaction", "all", "work"):
            return [*found[: position + 1], CONSTANT, *found[position + 2 :]]
    return found


def _respelled(found: list[str]) -> list[str]:
    """Join spellings: INNER JOIN, LEFT OUTER JOIN, AS before an alias, ASC, the schema public.

    From the end to the beginning, so that what follows a word is already respelled.
    """
    kept: list[str] = []
    casts = _positions_in_cast(found)
    for position in range(len(found) - 1, -1, -1):
        piece = found[position]
        if piece in _DROPPED and _is_dropped(piece, kept[-1] if kept else "", in_cast=position in casts):
            continue
        if piece == "public" and len(kept) > 1 and kept[-1] == ".":
            kept.pop()
            continue
        kept.append(piece)
    kept.reverse()
    return kept


def _positions_in_cast(found: list[str]) -> set[int]:
    """Return where AS names a type: directly inside CAST(...)."""
    if "cast" not in found:
        return set()
    inside: set[int] = set()
    opened: list[bool] = []
    for position, piece in enumerate(found):
        if piece == "(":
            opened.append(position > 0 and found[position - 1] == "cast")
        elif piece == ")" and opened:
            opened.pop()
        elif piece == "as" and opened and opened[-1]:
            inside.add(position)
    return inside


_DROPPED = frozenset(("inner", "outer", "as", "asc"))


def _is_dropped(piece: str, following: str, *, in_cast: bool) -> bool:
    if piece == "as":
        is_name = following[:1] == '"' or (following[:1].isidentifier() and following not in sql_tokens.KEYWORDS)
        return is_name and not in_cast
    return piece == "asc" or following == "join"


def _collapsed(found: list[str]) -> list[str]:
    """Make lists of constants and rows of VALUES one, however long they are."""
    if "in" not in found and "array" not in found and "values" not in found:
        return found
    closing = _brackets(found)
    kept: list[str] = []
    position = 0
    while position < len(found):
        piece = found[position]
        kept.append(piece)
        position += 1
        following = found[position] if position < len(found) else ""
        if piece in _LISTS and following == _LISTS[piece]:
            end = closing.get(position, len(found))
            element = _element(found, position + 1, end)
            if element:
                kept += (following, *element, ",", REST, *found[end : end + 1])
                position = end + 1
        elif piece == "values" and following == "(":
            end = closing.get(position, len(found) - 1)
            kept += found[position : end + 1]
            position = _after_rows(found, closing, end + 1)
    return kept


def _brackets(found: list[str]) -> dict[int, int]:
    """Return the position of the closing bracket by that of the opening one."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for position, piece in enumerate(found):
        if piece in ("(", "["):
            opened.append(position)
        elif piece in (")", "]") and opened:
            closing[opened.pop()] = position
    return closing


def _element(found: list[str], start: int, end: int) -> list[str]:
    """Return what stands for all elements of a list of constants or of rows of constants; empty when it is none."""
    for position in range(start, end):
        piece = found[position]
        if piece not in _CONSTANT_ONLY and not (piece.isidentifier() and found[position - 1] in _TYPE_AFTER):
            return []
    if start == end:
        return []
    if found[start] != "(":
        return [CONSTANT]
    if ")" not in found[start:end]:
        return []
    row = found[start : found.index(")", start) + 1]
    return [piece for piece in row if piece in ("(", ")", ",", CONSTANT)]


_CONSTANT_ONLY = frozenset((CONSTANT, ",", REST, "::", "(", ")", "[", "]"))
_TYPE_AFTER = frozenset(("::", "character", "double", "timestamp", "time", "with", "without", "zone", "varying"))


def _after_rows(found: list[str], closing: dict[int, int], position: int) -> int:
    """Return the position after the further rows of a VALUES list."""
    while position < len(found) and found[position] == ",":
        if position + 1 < len(found) and found[position + 1] not in ("(", REST):
            break
        position = closing.get(position + 1, len(found) - 1 if position + 1 < len(found) else position) + 1
    return position


def _joined(found: list[str]) -> str:
    parts: list[str] = []
    before = "("
    for piece in found:
        if before[-1] in ":." and piece[0] in ":.":  # together they would be read as something else
            parts += (" ", piece)
        elif before in _NO_SPACE_AFTER or piece in _NO_SPACE_BEFORE or (piece == "(" and _is_called(before)):
            parts.append(piece)
        else:
            parts += (" ", piece)
        before = piece
    return "".join(parts)


def _is_called(before: str) -> bool:
    return before[0] == '"' or (before[0].isidentifier() and before not in sql_tokens.KEYWORDS)
