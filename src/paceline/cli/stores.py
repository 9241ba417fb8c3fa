"""From --store and --service to an open store, with an error of one line for each thing that can be wrong.

A host must never fail because of its store and falls back to memory; a command that was asked to look at a store says
instead why it cannot.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from pathlib import Path
from urllib.parse import unquote

from paceline import errors
from paceline import settings as loader
from paceline.engine import configuration, parts
from paceline.telemetry.store import interface, opening
from paceline.telemetry.store.sqlite_file import schema

_SCHEME = "sqlite"
_SCHEMA_ENDING = re.compile(r"-v[0-9]+$")


def configure(store: str | None, service: str | None) -> configuration.Configuration:
    """Return the settings for a command.

    Raises:
        errors.SettingsError: one that came from the environment or pyproject.toml is wrong too.
        errors.UsageError: the store's URL is none that can be shared.
    """
    given = {name: value for name, value in (("store", store), ("service", service)) if value is not None}
    configured = configuration.configure(given)
    refuse_problems(configured.problems)
    url = configured.telemetry.store if store is None else store
    if url is not None:
        check_url(url)
    if store is not None and configured.sources["service"] == loader.DEFAULT:
        # The file says better whose store it is than the folder in which the command is called.
        name = _SCHEMA_ENDING.sub("", Path(_path_text(store)).stem)
        configured = configuration.configure({**given, "service": name or configured.service})
    return configured


def refuse_problems(problems: tuple[str, ...]) -> None:
    """Raise SettingsError if settings from the environment or a file are wrong."""
    if problems:
        first, *others = (problem.replace("; the default is used", "") for problem in problems)
        raise errors.SettingsError(f"{first} (and {len(others)} more)" if others else first)


def open_existing(configured: configuration.Configuration) -> interface.Store:
    """Return the store of a service that has written one; StoreError if there is none."""
    path = place(configured)
    if path is not None:
        _check_exists(path, configured)
        _check_ours(path)
    return open_or_make(configured)


def open_or_make(configured: configuration.Configuration) -> interface.Store:
    """Return the service's store; StoreError if it can only be kept in memory, where nobody else sees it.

    Another program's file is refused, unless a host has already begun a store beside it.
    """
    path = place(configured)
    if path is not None and path.is_file():
        _check_ours(path, may_be_empty=True)  # as a host's first worker has just made it
    store = parts.open_store(configured)
    status = store.status()
    if not status.persistent:
        store.close()
        raise errors.StoreError(f"the store cannot be opened: {status.note}")
    return store


def place(configured: configuration.Configuration) -> Path | None:
    """Return the file in which the service's store is kept; None without a home."""
    return opening.place(configured.telemetry.store, configured.service)


def known_services() -> list[str]:
    """Return the services that have a store in the user's state folder, by file name."""
    folder = opening.state_folder(os.environ)
    ending = f"-v{schema.MAJOR}.db"
    return sorted(path.name.removesuffix(ending) for path in folder.glob(f"*{ending}")) if folder else []


def check_url(url: str) -> None:
    """Raise UsageError for the URL of a store that is unknown, or that other processes cannot share."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme != _SCHEME:
        # The URL may hold a password: it is not repeated.
        raise errors.UsageError("the store's URL is not one paceline knows; write sqlite:////path/to/file.db")
    if _path_text(url) in {"", ":memory:"}:
        raise errors.UsageError(
            "a store in memory is seen by its own process only; write a file, as in sqlite:////path/to/file.db"
        )


def _path_text(url: str) -> str:
    """Return the path in `sqlite:///relative` or `sqlite:////absolute`, as the backend reads it."""
    return unquote(url.partition("://")[2].partition("?")[0]).removeprefix("/")


def _check_exists(path: Path, configured: configuration.Configuration) -> None:
    if path.is_file():
        return
    if configured.telemetry.store is not None:
        raise errors.StoreError(f"there is no store at {path}; give the URL that the service uses")
    others = known_services()
    if others:
        shown = ", ".join(others[:8])
        step = f"choose one with --service ({shown}), or name the file with --store"
    else:
        step = "start a service with Paceline().install(app), or see one at work: paceline demo"
    raise errors.StoreError(f"service {configured.service!r} has no store yet ({path}); {step}")


def _check_ours(path: Path, *, may_be_empty: bool = False) -> None:
    """Refuse the file of another program: opening it as a store would begin a new file beside it."""
    if path.with_name(f"{path.stem}-2{path.suffix}").exists():
        return  # hosts have moved over already; the store finds its way
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as link:
            found = link.execute("PRAGMA application_id").fetchone()[0]
            if may_be_empty and not link.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return
    except sqlite3.OperationalError:
        return  # locked or not readable: opening it will say so
    except sqlite3.DatabaseError:
        found = None
    if found != schema.APPLICATION_ID:
        raise errors.StoreError(f"{path} is no store of paceline; give the URL that the service uses")
