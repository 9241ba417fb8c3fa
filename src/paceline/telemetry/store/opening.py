"""Open the store that a URL names. The host application never fails because of it: without a file there is memory.

Like SQLAlchemy, `sqlite:///shop.db` is relative to the working directory and `sqlite:////var/lib/shop.db` absolute.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import quote, unquote

from paceline import clock as clocks
from paceline.telemetry.store import interface
from paceline.telemetry.store import retention as retentions
from paceline.telemetry.store.sqlite_file import schema

MAX_BYTES = 1024**3
"""Default bound of a store's file."""

_BACKENDS = {"sqlite": "paceline.telemetry.store.sqlite"}


class _Backend(Protocol):
    """What a backend's module offers; it never raises for a place that cannot be used."""

    def open_url(
        self, url: str, *, retention: retentions.Retention, max_bytes: int, clock: clocks.Clock
    ) -> interface.Store: ...

    def open_memory(self, note: str, *, clock: clocks.Clock) -> interface.Store: ...


def open_store(
    url: str | None,
    *,
    service: str,
    retention: retentions.Retention = retentions.DEFAULT,
    max_bytes: int = MAX_BYTES,
    clock: clocks.Clock = clocks.SYSTEM,
) -> interface.Store:
    """Return the store of a URL, or of a service at its default place (None).

    What cannot be opened becomes a store in memory whose status says why and what to do; nothing is raised.
    """
    if url is None:
        folder = state_folder(os.environ)
        if folder is None:
            note = "there is no home folder to keep the store in: set XDG_STATE_HOME, or the store's URL"
            return _backend("sqlite").open_memory(note, clock=clock)
        url = f"sqlite:///{quote(str(folder / file_name(service)))}"
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in _BACKENDS:
        # The URL itself may hold a password: it is not repeated.
        note = (
            f"the store's URL has an unknown scheme, known are: {', '.join(_BACKENDS)}. Write sqlite:////path/to/file"
        )
        return _backend("sqlite").open_memory(note, clock=clock)
    return _backend(scheme).open_url(url, retention=retention, max_bytes=max_bytes, clock=clock)


def state_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the user's folder for paceline's state (XDG; Application Support on macOS), None without a home."""
    chosen = environment.get("XDG_STATE_HOME", "")
    if chosen.startswith("/"):  # the XDG specification: relative paths are to be ignored
        return Path(chosen) / "paceline"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "paceline"
    return home / ".local" / "state" / "paceline"


def place(url: str | None, service: str) -> Path | None:
    """Return the file of a store's URL, or of a service at its default place; None when it is kept in memory."""
    if url is None:
        folder = state_folder(os.environ)
        return folder / file_name(service) if folder else None
    text = unquote(url.partition("://")[2].partition("?")[0]).removeprefix("/")
    if not url.startswith("sqlite://") or text in {"", ":memory:"}:
        return None
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:  # `~` without a home
        return None


def file_name(service: str) -> str:
    """Return the name of a service's file; it holds nothing that could lead out of the folder."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", service).strip("._-")[:80]
    return f"{safe or 'service'}-v{schema.MAJOR}.db"


def _backend(scheme: str) -> _Backend:
    return cast("_Backend", importlib.import_module(_BACKENDS[scheme]))
