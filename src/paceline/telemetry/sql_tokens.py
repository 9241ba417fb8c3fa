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

_START = r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]"  # a letter, an underscore, or not ASCII: PostgreSQL's own rule
_WORD = r"[^\x00-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"  # the same, a digit or a dollar
_TAG = r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"  # the same without the dollar
_NEXT = r"[\x00-\x09\x0b\x0c\x0e-\x20]*+[\r\n][\x00-\x20]*+"  # strings on following lines are one string
_STRING = r"'(?:[^'\\]++|''|\\(?!'))*+(?:'|\\'.*+|\Z)"
"""A backslash before the quote ends the string or not, by the server's settings: in doubt the rest is swallowed."""
_ESCAPED = r"'(?:[^'\\]++|''|\\.)*+(?:'|\\?\Z)"
_DOLLAR = rf"\$(?:{_START}{_TAG}*+)?+\$"
_PLACEHOLDER = rf"%(?:\([^()]*+\)[a-zA-Z]|[sbt])(?!{_WORD})"
_SIGN = r"[<>=!~@#&|^*/%]"
_BLANK = re.compile(r"(?:[\x00-\x20\x7f]++|--[^\r\n]*+)*+")
# Only what is no constant stands in the group: the content of a literal never gets into the list of tokens.
_TOKEN = re.compile(
    rf"""
    (?:
      ( (?![eEbBxXnN]'|[uU]&['"]){_START}{_WORD}*+
      | [(),;\[\]{{}}\\`+] | \.\.\.(?!\.) | \.(?!\d)
      | -(?:>>?)?+ | ::|:=|:(?!{_START}) | %% | /\* | {_DOLLAR}
      | (?!@{_START}|{_PLACEHOLDER}){_SIGN}(?:(?!/\*|@{_START}|{_PLACEHOLDER}){_SIGN})*+
      | \?[|&](?![|&])
      | (?:[uU]&)?"(?:[^"]++|"")*+"
      )
    | [eE]{_ESCAPED}(?:{_NEXT}{_ESCAPED})*+
    | (?:[uU]&|[bBxXnN])?{_STRING}(?:{_NEXT}{_STRING})*+
    | \.?\d(?:(?:(?<=[eE])[+-](?=\d))?+[\d._]|{_WORD})*+
    | [$]{_WORD}*+ | [:@]{_WORD}*+ | {_PLACEHOLDER} | \?
    | (?:[uU]&)?".*+
    )
    """
    + _BLANK.pattern,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_SWALLOWING = re.compile(_DOLLAR, re.ASCII)
_BLOCK_ENDS = re.compile(r"/\*|\*/")
_TEMPORARY = re.compile(r'"?(?:pg_temp|pg_toast_temp|__asyncpg|tmp|temp)_\w*\d')
_DIGITS = re.compile(r"\d[0-9a-f]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAMED_CONSTANTS = frozenset(("true", "false", "null"))
_RESPELLED = {"!=": "<>", "%%": "%"}
_SPECIAL = _NAMED_CONSTANTS | frozenset(_RESPELLED)
_BEFORE_NAMED = ("is", "not", "set")
SIGNS = frozenset(("-", "+"))
_BINARY_AFTER = (")", "]", CONSTANT)


def tokens(sql: str) -> list[str]:
    """Return the tokens of a text: words in lower case, quoted names as they are, constants as CONSTANT."""
    found: list[str] = []
    quoted = '"' in sql
    for piece in _pieces(sql):
        if not piece:
            found.append(CONSTANT)
            continue
        word = _CONTROL.sub(" ", piece) if quoted and '"' in piece else piece.lower()
        if word in _SPECIAL:
            _add_special(found, word)
        else:
            found.append(word)
    lowered = sql.lower()
    if "tmp" in lowered or "temp" in lowered or "__asyncpg" in lowered:
        return [_DIGITS.sub("n", piece) if _TEMPORARY.match(piece) else piece for piece in found]
    return found


def _pieces(sql: str) -> list[str]:
    """Return what stands in the pattern's group, an empty piece for each constant."""
    start = _after_blanks(sql, 0)
    if "/*" not in sql and ("$" not in sql or not _SWALLOWING.search(sql)):
        return _TOKEN.findall(sql, start)
    found: list[str] = []
    position: int | None = start
    while position is not None:
        position = _scan(sql, position, found)
    return found


def _after_blanks(sql: str, position: int) -> int:
    blanks = _BLANK.match(sql, position)
    return blanks.end() if blanks else position


def _scan(sql: str, start: int, found: list[str]) -> int | None:
    """Add pieces from `start` on; return where to go on after what no expression can skip, None at the end."""
    for match in _TOKEN.finditer(sql, start):
        piece = match[1] or ""
        if piece == "/*":
            return _after_blanks(sql, _end_of_block(sql, match.end(1)))
        found.append("" if piece[:1] == "$" else piece)
        if piece[:1] == "$":
            return _after_blanks(sql, _end_of_dollar(sql, piece, match.end(1)))
    return None


def _add_special(found: list[str], word: str) -> None:
    if word in _RESPELLED:
        found.append(_RESPELLED[word])
    elif found and found[-1] in _BEFORE_NAMED:
        found.append(word)
    else:
        found.append(CONSTANT)


def unsigned(found: list[str]) -> list[str]:
    """Return the tokens without the signs of constants; what is added or subtracted keeps its operator."""
    kept: list[str] = []
    for piece in found:
        if piece == CONSTANT:
            while kept and kept[-1] in SIGNS and not (len(kept) > 1 and _is_operand(kept[-2])):
                kept.pop()
        kept.append(piece)
    return kept


def _is_operand(piece: str) -> bool:
    return piece in _BINARY_AFTER or piece[0] == '"' or (piece[0].isalpha() and piece not in KEYWORDS)


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
