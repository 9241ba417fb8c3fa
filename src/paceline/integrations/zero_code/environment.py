"""The environment of a command that is to be watched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from paceline import settings as loader

PYTHONPATH = "PYTHONPATH"


def start_folder() -> str:
    """Return the folder whose `sitecustomize` every Python process of the command runs first."""
    return str(Path(__file__).parent / "at_start")


def watched(environ: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment as a copy in which Python processes install paceline, with these settings by name.

    With PACELINE_DISABLE it stays as it is.
    """
    if loader.is_disabled(environ):
        return dict(environ)
    given = environ.get(PYTHONPATH, "")
    folder = start_folder()
    others = [part for part in given.split(os.pathsep) if part != folder] if given else []
    return {
        **environ,
        **{loader.variable(name): value for name, value in settings.items()},
        PYTHONPATH: os.pathsep.join((folder, *others)),
    }
