"""Settings as they are now: those this process was started with, under those that were changed live.

A live setting is a row in the store, so every process judges alike, also one that only reads. Which settings may be
changed live is said where they are declared (`live` in their rules).
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from paceline import errors
from paceline import settings as loader
from paceline.observe import settings as observe_settings
from paceline.telemetry import records

Room = TypeVar("Room")
Samples = Callable[[str], list[tuple[int, records.Sample]]]
"""From a fingerprint to examples of its parameters, each with its age in nanoseconds, oldest first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Declared:
    """What a room's settings say of one of them."""

    hint: Any
    default: object
    rules: Mapping[str, Any]

    @property
    def live(self) -> bool:
        """Return whether it may be changed while the service runs."""
        return bool(self.rules.get("live"))

    def checked(self, name: str, raw: object) -> object:
        """Return a raw value as the setting's own type; SettingsError says what it should be."""
        return loader.checked(name, raw, self.hint, self.rules)


@dataclasses.dataclass(frozen=True, slots=True)
class Started:
    """With what this process was started, beside the settings of telemetry."""

    observe: observe_settings.ObserveSettings = dataclasses.field(default_factory=observe_settings.ObserveSettings)
    others: tuple[object, ...] = ()
    """Settings of rooms above, which are only shown."""
    sources: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    """Where each value came from; the default where nothing is said."""
    samples: Samples | None = None
    """Examples of a statement's values in this process; None where no requests are served."""


@functools.cache
def declared(kind: type) -> Mapping[str, Declared]:
    """Return the settings of a room by name; those with a secret in them (no repr) are left out."""
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(cast("Any", kind))
    return {field.name: Declared(hints[field.name], _default(field), field.metadata) for field in fields if field.repr}


def current(started: Room, live: Mapping[str, object]) -> Room:
    """Return a room's settings with what was changed live; a row that makes no sense changes nothing."""
    changed = changes(type(started), live)
    return dataclasses.replace(cast("Any", started), **changed) if changed else started


def changes(kind: type, live: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of a room that were changed live and can be."""
    found: dict[str, Any] = {}
    if not live:
        return found
    for name, one in declared(kind).items():
        if one.live and name in live:
            try:
                found[name] = one.checked(name, live[name])
            except errors.SettingsError:
                continue
    return found


def _default(field: dataclasses.Field[Any]) -> object:
    return field.default if field.default is not dataclasses.MISSING else cast("Any", field).default_factory()
