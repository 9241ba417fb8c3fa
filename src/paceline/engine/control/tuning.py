"""Tuning: settings changed while the service runs, in all workers, kept over restarts, and taken back.

A change is a row that every process reads (`thresholds`), then a command that makes the workers read it at their next
flush and say so (`applying`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from paceline import errors
from paceline import settings as loader
from paceline.engine.control import commands, thresholds
from paceline.telemetry.store import interface, retention

ACTION = "settings"
"""The command that makes workers read the settings again (`control`)."""
LIVE = "live"
"""Source of a value that was changed while the service runs."""
APPLIED = "applied"
_CREDENTIALS = re.compile(r"://[^/?#]*@")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value now and where that comes from."""

    name: str
    value: object
    default: object
    source: str
    """keyword, environment, pyproject.toml, default, or live: changed while the service runs."""
    live: bool
    """Whether it may be changed while the service runs; the others need a restart."""
    started: object
    """The value that holds again once a live change is taken back."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings but the secrets, in the order of the reference."""

    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A live setting that was changed; kept over restarts."""

    name: str
    value: object
    previous: object
    source: str
    """live, or where the value comes from that holds again."""
    workers: Mapping[str, str]
    """Each live worker: applied, failed, or pending when it had not answered within 3 s."""
    journal_id: int


class Tuning:
    """Reads and changes the settings of one service.

    Args:
        store: where live settings are.
        rooms: what this process was started with.
        sources: where each of those values came from.
    """

    def __init__(self, store: interface.Store, rooms: tuple[object, ...], sources: Mapping[str, str]) -> None:
        self._store = store
        self._rooms = rooms
        self._sources = sources

    def settings(self) -> tuple[Setting, ...]:
        """Return all settings as they are now."""
        live = self._store.live_settings()
        return tuple(one for room in self._rooms for one in self._of_room(room, live))

    def setting(self, name: str) -> Setting:
        """Return one setting as it is now; NotFound for a name that is none."""
        for one in self.settings():
            if one.name == name:
                return one
        raise errors.NotFound(f"there is no setting {name[:40]!r}; see the list of settings")

    def checked(self, name: str, raw: object) -> object:
        """Return a value for a live setting in its own type; None stays None, the value of the start.

        Raises:
            errors.NotFound: there is no such setting.
            errors.UsageError: it is not live, or cannot have that value.
        """
        one = self.setting(name)
        if not one.live:
            raise errors.UsageError(f"setting {name} is not live: set it where the service starts, and restart")
        if raw is None:
            return None
        try:
            return shown(self._declared(name).checked(name, raw))
        except errors.SettingsError as problem:
            raise errors.UsageError(str(problem)) from problem

    def put(self, name: str, value: object, by: str) -> None:
        """Keep a checked value; None goes back to the value of the start."""
        self._store.put_setting(name, value, by)

    def _of_room(self, room: object, live: Mapping[str, object]) -> list[Setting]:
        changed = thresholds.changes(type(room), live)
        return [
            Setting(
                name=name,
                value=shown(changed.get(name, getattr(room, name))),
                default=shown(one.default),
                source=LIVE if name in changed else self._sources.get(name, loader.DEFAULT),
                live=one.live,
                started=shown(getattr(room, name)),
            )
            for name, one in thresholds.declared(type(room)).items()
        ]

    def _declared(self, name: str) -> thresholds.Declared:
        return next(known[name] for room in self._rooms if name in (known := thresholds.declared(type(room))))


def announced(name: str, by: str) -> commands.Command:
    """Return the command that makes all workers read a setting again."""
    return commands.Command(ACTION, {"name": name}, by)


def shown(value: object) -> object:
    """Return a value as JSON has it, a URL without its credentials."""
    if isinstance(value, retention.Retention):
        return str(value)
    if isinstance(value, tuple):
        return list(cast("tuple[object, ...]", value))
    return _CREDENTIALS.sub("://***@", value) if isinstance(value, str) else value
