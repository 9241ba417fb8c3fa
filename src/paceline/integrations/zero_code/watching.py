"""Installs paceline into an application that is called for the first time, unless somebody else sees to it.

Imported when a process begins to serve, no sooner: this is where the probe's import is paid.
"""

from __future__ import annotations

import logging

from paceline import errors
from paceline.integrations import gate, install, precedence

log = logging.getLogger("paceline")


class Watching:
    """What `paceline run` does in this process: one Paceline for all of its applications, made at the first call."""

    def __init__(self) -> None:
        self._pace: install.Paceline | None = None
        self._is_over = False

    def begin(self, application: object) -> bool:
        """Install into an application at its first call; return whether that was done. Never raises."""
        if self._is_over or precedence.is_asked() or gate.is_within():
            return False
        try:
            if self._pace is None:
                self._pace = install.Paceline()
                precedence.on_ask(self._withdraw)
            self._pace.install_unasked(application)
        except Exception as problem:  # the application serves on, whatever is wrong with us
            self._is_over = True
            said = str(problem) if isinstance(problem, errors.PacelineError) else type(problem).__name__
            log.warning("paceline run: %s; the application is not watched", said)
            return False
        return True

    def _withdraw(self) -> None:
        self._is_over = True
        if self._pace is not None:
            self._pace.stop()


_watching = Watching()
begin = _watching.begin
