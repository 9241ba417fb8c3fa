"""What the doctor looks at, gathered once by whoever calls it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from paceline import clock as clocks
from paceline import settings as loader
from paceline.engine import configuration


@dataclass(frozen=True)
class Circumstances:
    """A service as it would start here: its settings, its environment, and its application if one was named."""

    configured: configuration.Configuration
    loaded: tuple[loader.Loaded[Any], ...]
    """The settings of every room, those of rooms above this one included."""
    environ: Mapping[str, str]
    state_folder: Path | None
    application: object | None = None
    """The application, imported; None when none was named or it could not be imported."""
    application_problem: str | None = None
    """Why the named application could not be imported."""
    installs_itself: bool = False
    """Whether its code calls `Paceline().install`."""
    clock: clocks.Clock = clocks.SYSTEM

    @functools.cached_property
    def problems(self) -> tuple[str, ...]:
        """What was wrong with settings from the environment and from pyproject.toml."""
        return tuple(dict.fromkeys(problem for loaded in self.loaded for problem in loaded.problems))

    @functools.cached_property
    def sources(self) -> Mapping[str, str]:
        """Where each setting comes from."""
        return {name: source for loaded in self.loaded for name, source in loaded.sources.items()}


def version_of(distribution: str) -> str | None:
    """Return the version of an installed distribution, None when it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def is_at_least(version: str, wanted: tuple[int, ...]) -> bool:
    """Return whether the numbers at the head of a version reach those wanted."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers) >= wanted
