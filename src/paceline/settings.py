"""The loader of settings: keywords, then `PACELINE_*`, then `[tool.paceline]` in pyproject.toml, then defaults.

Each room describes its settings as a frozen dataclass in its own settings.py; this file knows no name of theirs. A
value from a keyword that is wrong raises; one from the environment or a file is reported and replaced by the default,
because the host application must not fail for our sake (the command line turns reports into exit code 64).
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import operator
import os
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from paceline import errors

KEYWORD = "keyword"
ENVIRONMENT = "environment"
PYPROJECT = "pyproject.toml"
DEFAULT = "default"

DISABLE = "PACELINE_DISABLE"
"""The variable that turns paceline off: nothing is hooked, started or stored."""

Settings = TypeVar("Settings")


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded(typing.Generic[Settings]):
    """Settings with the source of each value, and what was wrong with those that were not taken."""

    values: Settings
    sources: Mapping[str, str]
    problems: tuple[str, ...] = ()


def load(
    kind: type[Settings],
    keywords: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Loaded[Settings]:
    """Return the settings of a room; unknown names among the keywords are the caller's to refuse (`check_names`).

    Raises:
        SettingsError: a keyword has the wrong type or lies outside its range.
    """
    keywords = keywords or {}
    environ = os.environ if environ is None else environ
    table, problem = pyproject_table(folder or working_folder())
    problems = [problem] if problem else []
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(cast("Any", kind)):
        candidates = _candidates(field, keywords, environ, table)
        sources[field.name], chosen = _chosen(field, hints[field.name], candidates, problems)
        values |= chosen
    return Loaded(kind(**cast("dict[str, Any]", values)), sources, tuple(problems))


def check_names(names: Sequence[str], kinds: Sequence[type]) -> None:
    """Raise SettingsError when a keyword is no setting of any room, with the nearest name."""
    known = [field.name for kind in kinds for field in dataclasses.fields(kind)]
    for name in names:
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known))}"
            message = f"unknown setting {name!r}{hint}"
            raise errors.SettingsError(message)


def is_disabled(environ: Mapping[str, str]) -> bool:
    """Return whether PACELINE_DISABLE is set to anything but 0, false, no, off or nothing."""
    return environ.get(DISABLE, "").strip().lower() not in {"", "0", "false", "no", "off"}


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"PACELINE_{name.upper()}"


def working_folder() -> Path:
    """Return the working directory, or the root when it was deleted under the process."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")


def pyproject_table(folder: Path) -> tuple[Mapping[str, object], str | None]:
    """Return `[tool.paceline]` of the nearest pyproject.toml at or above `folder`, and what was wrong with it."""
    import tomllib

    for place in (folder, *folder.parents):
        path = place / "pyproject.toml"
        try:
            content = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        try:
            document = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            return {}, f"pyproject.toml cannot be read: {error}; its [tool.paceline] is ignored"
        tools: object = document.get("tool", {})
        table: object = cast("dict[str, object]", tools).get("paceline", {}) if isinstance(tools, dict) else tools
        if isinstance(table, dict):
            return cast("dict[str, object]", table), None
        return {}, "pyproject.toml: [tool.paceline] is not a table; it is ignored"
    return {}, None


def _candidates(
    field: dataclasses.Field[Any],
    keywords: Mapping[str, object],
    environ: Mapping[str, str],
    table: Mapping[str, object],
) -> list[tuple[str, object]]:
    name = field.name
    found: list[tuple[str, object]] = []
    if name in keywords:
        found.append((KEYWORD, keywords[name]))
    if variable(name) in environ:
        found.append((ENVIRONMENT, environ[variable(name)]))
    if "elsewhere" in field.metadata:
        found += field.metadata["elsewhere"](environ)
    if name in table:
        found.append((PYPROJECT, table[name]))
    return found


def _chosen(
    field: dataclasses.Field[Any], hint: Any, candidates: Sequence[tuple[str, object]], problems: list[str]
) -> tuple[str, dict[str, object]]:
    """Return the first source whose value is right, and the value by its name; DEFAULT and nothing when none is."""
    for source, raw in candidates:
        try:
            return source, {field.name: checked(field.name, raw, hint, field.metadata)}
        except errors.SettingsError as error:
            if source == KEYWORD:
                raise
            problems.append(f"{error} (from {source}; the default is used)")
    return DEFAULT, {}


def checked(name: str, raw: object, hint: Any, rules: Mapping[str, Any]) -> object:
    """Return a raw value as the type its setting has, inside its range; SettingsError says what it should be.

    `rules` may hold `above` (exclusive), `at_least`, `at_most`, `choices` and `parse` (str to value). The loader itself
    knows `elsewhere`: from the environment to (source, value) of other programs' variables, after `PACELINE_*`.
    Other rules are for others.
    """
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        if raw is None or raw == "":
            return None
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    value = _converted(name, raw, hint, rules)
    if "choices" in rules and value not in rules["choices"]:
        _refuse(name, raw, f"one of {', '.join(map(str, rules['choices']))}")
    for rule, (holds, words) in _BOUNDS.items():
        if rule in rules and not holds(cast("float", value), rules[rule]):
            _refuse(name, raw, f"{words} {rules[rule]}")
    return value


_BOUNDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "above": (operator.gt, "above"),
    "at_least": (operator.ge, "at least"),
    "at_most": (operator.le, "at most"),
}


def _converted(name: str, raw: object, hint: Any, rules: Mapping[str, Any]) -> object:
    if "parse" in rules:
        try:
            return rules["parse"](raw)
        except (ValueError, TypeError) as error:
            message = f"setting {name}: {error}"
            raise errors.SettingsError(message) from error
    convert, words = _TYPES.get(typing.get_origin(hint) or hint, (None, "another value"))
    if convert is not None:
        with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError, OverflowError):
            return convert(raw)
    return _refuse(name, raw, words)


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    return {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}[
        str(raw).strip().lower()
    ]


def _number(raw: Any) -> float:
    number = float(raw)
    if isinstance(raw, bool) or not math.isfinite(number):
        raise ValueError
    return number


def _whole(raw: object) -> int:
    number = _number(raw)
    if not number.is_integer():
        raise ValueError
    return int(number)


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError
    raw.encode()  # bytes of an environment that are no UTF-8 have no place in JSON; UnicodeEncodeError is a ValueError
    return raw


def _texts(raw: object) -> tuple[str, ...]:
    parts = raw.split(",") if isinstance(raw, str) else cast("Sequence[object]", raw)
    return tuple(_text(str(part)).strip() for part in parts if str(part).strip())


_TYPES: dict[Any, tuple[Callable[[object], object], str]] = {
    bool: (_boolean, "true or false"),
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    str: (_text, "a text"),
    tuple: (_texts, "a list of texts"),
}
"""How a raw value becomes the type of its setting, and what to call that type."""


def _refuse(name: str, raw: object, wanted: str) -> typing.NoReturn:
    shown = repr(raw)
    message = f"setting {name}: {shown[:60]} is not {wanted}"
    raise errors.SettingsError(message)
