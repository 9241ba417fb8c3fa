"""The settings of all rooms that a process runs, loaded once: light, because every host imports it at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from paceline import settings as loader
from paceline.observe import settings as observe_settings
from paceline.postgres import settings as postgres_settings
from paceline.telemetry import settings as telemetry_settings

KINDS: tuple[type, ...] = (
    telemetry_settings.TelemetrySettings,
    observe_settings.ObserveSettings,
    postgres_settings.PostgresSettings,
)
"""What each room calls its settings."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of all rooms below, with the source of each and what was wrong."""

    telemetry: telemetry_settings.TelemetrySettings
    observe: observe_settings.ObserveSettings
    postgres: postgres_settings.PostgresSettings
    service: str
    sources: Mapping[str, str]
    problems: tuple[str, ...]
    others: tuple[object, ...] = ()
    """Settings of rooms above, which are only shown."""

    def beside(self, loaded: loader.Loaded[Any]) -> Configuration:
        """Return this configuration with the settings of a room above beside it."""
        return replace(self, sources={**self.sources, **loaded.sources}, others=(*self.others, loaded.values))


def configure(
    keywords: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Configuration:
    """Load the settings; SettingsError when a keyword is wrong."""
    telemetry = loader.load(telemetry_settings.TelemetrySettings, keywords, environ=environ, folder=folder)
    observe = loader.load(observe_settings.ObserveSettings, keywords, environ=environ, folder=folder)
    postgres = loader.load(postgres_settings.PostgresSettings, keywords, environ=environ, folder=folder)
    return Configuration(
        telemetry.values,
        observe.values,
        postgres.values,
        telemetry_settings.service_name(telemetry.values, environ, folder),
        {**telemetry.sources, **observe.sources, **postgres.sources},
        tuple(dict.fromkeys((*telemetry.problems, *observe.problems, *postgres.problems))),
    )
