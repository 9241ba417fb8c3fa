"""`paceline run`: a command as it is, with an environment in which its Python processes install paceline.

The command takes the place of this process, so nothing stands between it and whoever started it: process id, exit
code, signals, input and output are its own. For the same reason nothing is printed here.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, NoReturn

import typer

from paceline import errors
from paceline import settings as loader
from paceline.cli import exit_codes, failures, options
from paceline.engine import configuration
from paceline.integrations.zero_code import environment
from paceline.web import settings as web_settings

USAGE = "give the command after --, as in: paceline run -- uvicorn shop:app"

_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")
"""Signals that this interpreter ignores and that a command would inherit as ignored (`subprocess` does likewise)."""


def run(
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND", help="What to start.")] = None,
    *,
    service: options.ServiceName = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="URL", help="Store to write, as sqlite:////path/to/file.db.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be repeated.")
    ] = None,
) -> int:
    """Start a command and watch the FastAPI or Starlette applications that it serves.

    Exit code and signals are the command's own. PACELINE_DISABLE=1 starts it unwatched.

    Example: paceline run --service shop -- uvicorn shop:app --workers 2
    """
    if not command:
        raise errors.UsageError(USAGE)
    wanted = settings_of(given or (), {"service": service, "store": store})
    return become(command, environment.watched(os.environ, wanted))


def settings_of(given: Sequence[str], named: Mapping[str, str | None]) -> dict[str, str]:
    """Return the settings for the command by name.

    Raises:
        errors.UsageError: one is not written as NAME=VALUE, or the store cannot be shared.
        errors.SettingsError: one is unknown, or its value is wrong.
    """
    wanted: dict[str, str] = {}
    for part in given:
        name, separator, value = part.partition("=")
        if not separator:
            raise errors.UsageError(f"--set {name!r} has no value; write it like --set slow_response_ms=500")
        wanted[name.strip()] = value
    wanted |= {name: value for name, value in named.items() if value is not None}
    loader.check_names(tuple(wanted), (*configuration.KINDS, web_settings.WebSettings))
    configuration.configure(wanted)
    loader.load(web_settings.WebSettings, wanted)
    if "store" in wanted:
        from paceline.cli import stores

        stores.check_url(wanted["store"])
    return wanted


def become(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Put a command in the place of this process; return the exit code for one that cannot be started, as a shell."""
    sys.stdout.flush()
    sys.stderr.flush()
    for name in _IGNORED_BY_PYTHON:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        _execute(command, environ)
    except FileNotFoundError:
        failures.say(f"run: there is no command {command[0]!r}")
        return exit_codes.NOT_FOUND
    except (OSError, ValueError) as problem:  # ValueError: a null character
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        failures.say(f"run: {command[0]!r} cannot be executed ({reason})")
        return exit_codes.NOT_EXECUTABLE


def _execute(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    os.execvpe(command[0], list(command), dict(environ))  # noqa: S606  (no shell is what is wanted)
