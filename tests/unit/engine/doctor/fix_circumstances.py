"""Circumstances in a folder of the test's own, and what a subject says about them."""

from __future__ import annotations

from typing import Any

from paceline import clock, settings
from paceline.engine import configuration
from paceline.engine.doctor import circumstances
from paceline.web import settings as web_settings


def circumstances_of(folder, environ=None, *, now: Any = clock.SYSTEM, **keywords):
    """Return the circumstances of a service whose store is `folder/shop.db`, unless keywords say otherwise."""
    given = {"store": f"sqlite:///{folder}/shop.db", "service": "shop", **keywords}
    given = {name: value for name, value in given.items() if value is not None}
    environ = environ or {}
    kinds = (*configuration.KINDS, web_settings.WebSettings)
    ours = {name for kind in configuration.KINDS for name in kind.__dataclass_fields__}
    return circumstances.Circumstances(
        configured=configuration.configure(
            {name: value for name, value in given.items() if name in ours}, environ=environ, folder=folder
        ),
        loaded=tuple(settings.load(kind, given, environ=environ, folder=folder) for kind in kinds),
        environ=environ,
        state_folder=folder / "state",
        clock=now,
    )


def said(subject, found):
    """Return what a subject says, as (status, text, fix) each."""
    return [(line.status, line.text, line.fix) for line in subject.examine(found)]


def facts(subject, found):
    """Return all facts of a subject in one."""
    return {name: value for line in subject.examine(found) for name, value in line.facts.items()}
