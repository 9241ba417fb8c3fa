"""SQL as tokens: one regular expression, one pass, no literal kept.

The tokeniser knows PostgreSQL's lexical rules (manual, 4.1) and the placeholders of its drivers, not its grammar. Every
quantifier is possessive, and what has no end (a string, a comment) is swallowed to the end of the text: so any input
takes linear time, and when in doubt nothing is shown.
"""

from __future__ import annotations

import re

CONSTANT = "?"
"""Stands for every literal and placeholder."""
REST = "..."
"""Stands for the further elements of a list."""

_TOKEN = re.compile(
    r"""
    \s*+
    (?:
      (?P<word>(?![eEbBxXnN]'|[uU]&['"])[^\W\d][\w$]*+)
    | (?P<other>[(),.;\[\]])(?![.\d])
    | (?P<parameter>\$\d++|%\(\w++\)s|%s\b|@[^\W\d]\w*+|:[^\W\d]\w*+)
    | (?P<comment>--[^\r\n]*+)
    | (?P<block>/\*)
    | (?P<escaped>[eE]'(?:[^'\\]++|''|\\.)*+(?:'|\\?\Z))
    | (?P<string>(?:[uU]&|[bBxXnN])?'(?:[^']++|'')*+(?:'|\Z))
    | (?P<dollar>\$(?:[^\W\d]\w*+)?\$)
    | (?P<cast>::)
    | (?P<rest>\.\.\.)
    | (?P<number>(?:\d|\.\d)[\w.]*+(?:(?<=[eE])[+-]\d[\w.]*+)?+)
    | (?P<quoted>(?:[uU]&)?"(?:[^"]++|"")*+"?)
    | (?P<operator>\?[|&]|%%|->>|->|:=|=>|[<>=!~@#&|^*/%](?:(?!/\*|@\w|%\(|%s)[<>=!~@#&|^*/%])*+)
    | (?P<any>[^\s])
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_ENDS = re.compile(r"/\*|\*/")
_TEMPORARY = re.compile(r"(?:pg_temp|pg_toast_temp|__asyncpg|tmp|temp)_\w*\d")
_TEMPORARY_PREFIXES = ("pg_temp", "pg_toast_temp", "__asyncpg", "tmp", "temp")
_DIGITS = re.compile(r"\d[0-9a-f]*")
_ALWAYS_CONSTANT = frozenset(("escaped", "string", "parameter", "number"))
_NAMED_CONSTANTS = frozenset(("true", "false", "null"))
_BEFORE_NAMED = ("is", "not", "set")
_BINARY_AFTER = (")", "]", CONSTANT)


def tokens(sql: str) -> list[str]:
    """Return the tokens of a text: words in lower case, quoted names as they are, constants as CONSTANT."""
    found: list[str] = []
    position: int | None = 0
    while position is not None:
        position = _scan(sql, position, found)
    return found


def _scan(sql: str, start: int, found: list[str]) -> int | None:
    """Add tokens from `start` on; return where to go on after what no expression can skip, None at the end."""
    for match in _TOKEN.finditer(sql, start):
        kind = match.lastgroup
        if kind == "word":
            word = match[kind].lower()
            if word in _NAMED_CONSTANTS or word.startswith(_TEMPORARY_PREFIXES):
                _add_special(found, word)
            else:
                found.append(word)
        elif kind == "other":
            found.append(match[kind])
        elif kind in _ALWAYS_CONSTANT:
            _add_constant(found)
        elif kind == "block":
            return _end_of_block(sql, match.end())
        elif kind == "dollar":
            _add_constant(found)
            return _end_of_dollar(sql, match[kind], match.end())
        elif kind == "quoted":
            _add_quoted(found, match[kind])
        elif kind is not None and kind != "comment":
            found.append(_OPERATORS.get(match[kind], match[kind]))
    return None


_OPERATORS = {"!=": "<>", "%%": "%"}


def _add_special(found: list[str], word: str) -> None:
    if word not in _NAMED_CONSTANTS:
        found.append(_DIGITS.sub("n", word) if _TEMPORARY.match(word) else word)
    elif found and found[-1] in _BEFORE_NAMED:
        found.append(word)
    else:
        found.append(CONSTANT)


def _add_constant(found: list[str]) -> None:
    """Add a constant; the sign of a number is part of it unless something is added to or subtracted from."""
    while found and found[-1] in ("-", "+") and not (len(found) > 1 and _is_operand(found[-2])):
        found.pop()
    found.append(CONSTANT)


def _is_operand(piece: str) -> bool:
    return piece in _BINARY_AFTER or piece[0] == '"' or (piece[0].isalpha() and piece not in KEYWORDS)


def _add_quoted(found: list[str], name: str) -> None:
    # A name without an end may be anything; it is not shown.
    closed = len(name) > 1 + 2 * (name[0] != '"') and name.endswith('"')
    found.append(name if closed else CONSTANT)


def _end_of_block(sql: str, position: int) -> int:
    depth = 1
    for mark in _BLOCK_ENDS.finditer(sql, position):
        depth += 1 if mark.group() == "/*" else -1
        if not depth:
            return mark.end()
    return len(sql)


def _end_of_dollar(sql: str, tag: str, position: int) -> int:
    end = sql.find(tag, position)
    return len(sql) if end < 0 else end + len(tag)


_KEYWORDS = """
all analyze and any array as asc between by case cast check collate conflict constraint copy create cross
current default delete desc distinct do drop else end escape except exists explain fetch filter first following
for from full group having if ilike in inner insert intersect interval into is isnull join last lateral left like limit
materialized natural next not notnull null nulls offset on only or order outer over overlaps partition preceding
range recursive references returning right row rows select set share similar skip some table then to union unique
update using values verbose when where window with within
"""
KEYWORDS = frozenset(_KEYWORDS.split())
"""Words that are no operand and no function: a bracket after them stands apart, a sign belongs to the number."""
