"""A statement's fingerprint: the same for all executions of one statement, with no literal in it.

Text in, text out: tokens (`sql_tokens`), then a handful of rewrites that join spellings of the same thing, then lists
of any length become one. What PostgreSQL itself would tell apart (columns, tables, order) stays apart; see
docs/explain/fingerprints.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from paceline.telemetry import sql_commands, sql_tokens
from paceline.telemetry.sql_tokens import CONSTANT, REST

MAX_CHARS = 16_384
"""How much of a text is read; what follows does not tell statements apart."""
MAX_TEXT_CHARS = 4_096
"""How much of a normalised text is kept to be shown."""

_NO_SPACE_BEFORE = frozenset((",", ")", "]", ".", "::", ";", "["))
_NO_SPACE_AFTER = frozenset(("(", "[", ".", "::"))
_LISTS = {"in": "(", "array": "["}
_HEADS = frozenset((*_LISTS, "values"))
_OPENING = frozenset(("(", "["))
_CLOSING = frozenset((")", "]"))
_ROUNDS = 8


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
    text = sql[: 4 * max_chars].decode("utf-8", "replace") if isinstance(sql, bytes) else sql
    shown = _normalised(text[:max_chars])
    for room in range(max_chars, max_chars - _ROUNDS, -1):  # spaces were added: what is too long is read once more
        if len(shown) <= max_chars:
            return shown
        shown = _normalised(shown[: max(room, 0)])
    return shown if len(shown) <= max_chars else ""


def _normalised(text: str) -> str:
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # half a character cannot be stored
    found = sql_tokens.tokens(text)
    if ";" not in found:
        return _statement(found)
    shown: list[str] = []
    for part in _parts(found):
        shown.append(_statement(part))
        if part[0] == "copy" and "stdin" in part:
            break  # what follows are rows, not SQL
    return "; ".join(filter(None, shown))


def _parts(found: list[str]) -> list[list[str]]:
    """Return the statements between semicolons, without the empty ones."""
    parts: list[list[str]] = [[]]
    for piece in found:
        if piece == ";":
            parts.append([])
        else:
            parts[-1].append(piece)
    return [part for part in parts if part]


def _statement(found: list[str]) -> str:
    if "cast" in found:
        found = _recast(found)
    found = _respelled(found)
    if found and found[0] in sql_commands.MASKS:
        found = sql_commands.masked(found)
    if not sql_tokens.SIGNS.isdisjoint(found):
        found = sql_tokens.unsigned(found)
    return _joined(_collapsed(found))


def _recast(found: list[str]) -> list[str]:
    """Spell CAST(x AS t) as x::t."""
    kept: list[str] = []
    opened: list[tuple[int, int]] = []  # where CAST stands (-1: another bracket) and where its AS stands
    for piece in found:
        if piece == "(":
            opened.append((len(kept) - 1 if kept and kept[-1] == "cast" else -1, 0))
        elif piece == "as" and opened and opened[-1][0] >= 0 and not opened[-1][1]:
            opened[-1] = (opened[-1][0], len(kept))
        elif piece == ")" and opened:
            start, middle = opened.pop()
            if start >= 0 and start + 2 < middle < len(kept) - 1:
                value, kind = kept[start + 2 : middle], kept[middle + 1 :]
                del kept[start:]
                _add_cast(kept, value, kind)
                continue
        kept.append(piece)
    return kept


def _add_cast(kept: list[str], value: list[str], kind: list[str]) -> None:
    if len(value) % 2 and all(piece == "." for piece in value[1::2]):
        kept += value
    else:
        kept += ("(", *value, ")")
    kept += ("::", *kind)


def _respelled(found: list[str]) -> list[str]:
    """Join spellings: INNER JOIN, LEFT OUTER JOIN, AS before an alias, ASC, the schema public.

    From the end to the beginning, so that what follows a word is already respelled.
    """
    if _DROPPED.isdisjoint(found):
        return found
    kept: list[str] = []
    for position in range(len(found) - 1, -1, -1):
        piece = found[position]
        if piece in _DROPPED and _is_dropped(piece, kept[-1] if kept else ""):
            if piece in _PUBLIC:
                kept.pop()
            continue
        kept.append(piece)
    kept.reverse()
    return kept


_PUBLIC = ("public", '"public"')
_DROPPED = frozenset(("inner", "outer", "as", "asc", *_PUBLIC))


def _is_dropped(piece: str, following: str) -> bool:
    if piece == "as":
        return following[:1] == '"' or (following[:1].isidentifier() and following not in sql_tokens.KEYWORDS)
    if piece in _PUBLIC:
        return following == "."
    return piece == "asc" or following == "join"


def _collapsed(found: list[str]) -> list[str]:
    """Make lists of constants and rows of VALUES one, however long they are."""
    if _HEADS.isdisjoint(found):
        return found
    closing = _brackets(found)
    kept: list[str] = []
    done = 0
    for position, piece in enumerate(found):
        if piece in _HEADS and position >= done:
            kept += found[done : position + 1]
            done = _add_list(found, closing, position + 1, kept)
    return kept + found[done:]


def _add_list(found: list[str], closing: dict[int, int], start: int, kept: list[str]) -> int:
    """Add what stands for the list that opens at `start`, if one does; return the position after what was read."""
    head, following = found[start - 1], found[start] if start < len(found) else ""
    if _LISTS.get(head) == following:
        end = closing.get(start, len(found))
        element = _element(found, start + 1, end)
        if element:
            kept += (following, *element, ",", REST, *found[end : end + 1])
            return end + 1
    elif head == "values" and following == "(":
        end = closing.get(start, len(found) - 1)
        kept += found[start : end + 1]
        return _after_rows(found, closing, end + 1)
    return start


def _brackets(found: list[str]) -> dict[int, int]:
    """Return the position of the closing bracket by that of the opening one."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for position, piece in enumerate(found):
        if piece in _OPENING:
            opened.append(position)
        elif piece in _CLOSING and opened:
            closing[opened.pop()] = position
    return closing


def _element(found: list[str], start: int, end: int) -> list[str]:
    """Return what stands for all elements of a list of constants or of rows of constants; empty when it is none."""
    if not all(found[at] in _CONSTANT_ONLY or _is_type(found, at) for at in range(start, end)):
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
_TYPED = frozenset(("date", "interval", "time", "timestamp", "timestamptz", "uuid"))


def _is_type(found: list[str], position: int) -> bool:
    """Tell whether a piece belongs to the type of a constant: `::a.b`, `::double precision`, `date '...'`."""
    piece, before = found[position], found[position - 1]
    if piece == ".":
        return found[position - 2] == "::"
    if piece in _TYPED and before in ("(", ","):
        return found[position + 1 : position + 2] == [CONSTANT]
    if piece[0] != '"' and not piece.isidentifier():
        return False
    return before in _TYPE_AFTER or (before == "." and found[position - 3] == "::")


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
