"""The database drivers, and how the statements of each would be measured."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines
from paceline.observe.sql import sqlalchemy

OLDEST_SQLALCHEMY = (2, 0)
DIRECT = ("asyncpg", "psycopg", "psycopg2")
"""Drivers whose statements are seen only when they run through SQLAlchemy."""


def examine(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Look at what is installed, and at the engines of the application."""
    version = circumstances_.version_of("sqlalchemy")
    direct = {name: given for name in DIRECT if (given := circumstances_.version_of(name))}
    if version is None and not direct:
        yield lines.Line(lines.SKIPPED, "no database driver that is known; requests are measured, statements are not")
        return
    if version is not None:
        yield _sqlalchemy(version)
    for name, given in direct.items():
        facts: dict[str, object] = {"driver": name, "version": given}
        if version is not None:
            yield lines.Line(lines.OK, f"{name} {given}: measured through SQLAlchemy, not by itself", None, facts)
        else:
            said = f"{name} {given} without SQLAlchemy: its statements are not measured yet"
            yield lines.Line(lines.WARNING, said, "requests are; for statements run them through SQLAlchemy", facts)
    if found.application is not None:
        yield from _engines()


def _sqlalchemy(version: str) -> lines.Line:
    facts: dict[str, object] = {"driver": "sqlalchemy", "version": version}
    if circumstances_.is_at_least(version, OLDEST_SQLALCHEMY):
        return lines.Line(lines.OK, f"SQLAlchemy {version}: hooked in the dialect of each engine", None, facts)
    return lines.Line(lines.WARNING, f"SQLAlchemy {version}: not tried", "use SQLAlchemy 2 or newer", facts)


def _engines() -> Iterator[lines.Line]:
    """Tell how each engine that the application has made by now would be hooked."""
    if "sqlalchemy.engine" not in sys.modules:
        yield lines.Line(lines.OK, "the application has not imported SQLAlchemy; engines are hooked when they come")
        return
    everything: list[Any] = gc.get_objects()
    counted = Counter(_way(found.dialect) for found in everything if _is_engine(found))
    for (dialect, driver, way), number in sorted(counted.items()):
        facts: dict[str, object] = {"dialect": dialect, "driver": driver, "way": way, "engines": number}
        yield lines.Line(
            lines.OK, f"{number} engine{'' if number == 1 else 's'} {dialect}+{driver}: {way}", None, facts
        )
    if not counted:
        yield lines.Line(lines.OK, "no engine yet: one that is made later is hooked then")


def _is_engine(found: Any) -> bool:
    kind = cast("type[Any]", type(found))  # not isinstance, which would wake lazy proxies
    return kind.__name__ == "Engine" and kind.__module__.startswith("sqlalchemy.")


def _way(dialect: Any) -> tuple[str, str, str]:
    is_direct = all(callable(getattr(dialect, name, None)) for name in sqlalchemy.METHODS)
    way = "hooked in the dialect" if is_direct else "hooked by events, which costs a little more"
    return str(dialect.name), str(dialect.driver), way
