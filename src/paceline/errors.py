"""Everything that paceline raises at its users.

    PacelineError
    ├── SettingsError          a setting is unknown, ill-typed or out of range
    ├── MissingExtra           an optional package is not installed
    ├── StoreError             the telemetry store cannot be opened, read or written
    ├── DatabaseError          PostgreSQL cannot be reached or refuses
    ├── ServiceUnavailable     a server that a command needs is not there, or its port is taken
    ├── InvalidMeasurement     what was measured cannot carry a verdict
    └── UsageError             a command or a request is asked for something that cannot be
        └── NotFound           what was asked for is not there, or no longer

A message names the object, says what happened and gives the next step, in one line. None of them is ever
raised into a request of the host application.
"""

from __future__ import annotations


class PacelineError(Exception):
    """Something paceline was asked for could not be done; the message says what to do next."""


class SettingsError(PacelineError):
    """A setting is unknown, has the wrong type or lies outside its range; see docs/reference/settings.md."""


class MissingExtra(PacelineError):
    """An optional package is missing; install the extra that brings it."""

    def __init__(self, extra: str, needed_for: str) -> None:
        self.extra = extra
        super().__init__(f"{needed_for}: install the extra that brings it: pip install 'paceline[{extra}]'")


class StoreError(PacelineError):
    """The telemetry store cannot be opened, read or written."""


class DatabaseError(PacelineError):
    """PostgreSQL cannot be reached, or refuses what was asked."""


class ServiceUnavailable(PacelineError):
    """A server that is needed is not there, or its port is taken."""


class InvalidMeasurement(PacelineError):
    """Too little or too disturbed data for a verdict."""


class UsageError(PacelineError):
    """A command or a request asks for something that cannot be."""


class NotFound(UsageError):
    """What was asked for is not there, or no longer."""
