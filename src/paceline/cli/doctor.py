"""`paceline doctor`: what measuring stands on, looked at from here. It changes nothing."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import signal
import sys
from collections.abc import Generator
from typing import Annotated, NoReturn

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from paceline import errors
from paceline import settings as loader
from paceline.cli import cells, exit_codes, options, stores
from paceline.engine import configuration
from paceline.engine.answers import json_form
from paceline.engine.doctor import circumstances, examination, lines
from paceline.integrations import precedence
from paceline.telemetry.store import opening
from paceline.web import settings as web_settings

IMPORT_S = 20.0
"""How long the import of an application may take: ten times what a large one does."""

STYLES = {lines.OK: "green", lines.WARNING: "yellow", lines.PROBLEM: "bold red", lines.SKIPPED: "dim"}


def doctor(
    *,
    app: Annotated[
        str | None,
        typer.Option(metavar="MODULE:ATTRIBUTE", help="Application to import and look at, as uvicorn takes it."),
    ] = None,
    service: options.ServiceName = None,
    store: options.StoreUrl = None,
    as_json: options.AsJson = False,
) -> int:
    """Look at everything that measuring stands on, and say what is wrong and what to do.

    Call it as the user, in the folder and with the environment of the service. Ends with 1 if there is a problem.

    Example: paceline doctor --service shop --app shop:app
    """
    if app is not None and re.fullmatch(r"[\w.]+:\w+", app) is None:
        raise errors.UsageError(f"--app {app!r} is no module and attribute; write it like shop:app")
    if store is not None:
        stores.check_url(store)
    found = look_around({"service": service, "store": store}, app)
    diagnosis = examination.examine(found)
    if as_json:
        typer.echo(json.dumps(json_form.to_json(diagnosis), ensure_ascii=False))
    else:
        Console(highlight=False).print(picture(diagnosis))
    return exit_codes.FINDINGS if diagnosis.problems else exit_codes.OK


def look_around(named: dict[str, str | None], app: str | None) -> circumstances.Circumstances:
    """Return the circumstances of a service here; a setting that is wrong is part of them and raises nothing."""
    given = {name: value for name, value in named.items() if value is not None}
    kinds: tuple[type, ...] = (*configuration.KINDS, web_settings.WebSettings)
    application, problem = imported(app) if app is not None else (None, None)
    return circumstances.Circumstances(
        configured=configuration.configure(given),
        loaded=tuple(loader.load(kind, given) for kind in kinds),
        environ=os.environ,
        state_folder=opening.state_folder(os.environ),
        application=application,
        application_problem=problem,
        installs_itself=precedence.is_asked(),
    )


def imported(app: str) -> tuple[object | None, str | None]:
    """Return the application that `module:attribute` names, or what is wrong.

    What it prints goes nowhere, and paceline in it is disabled meanwhile, so that no store is made.
    """
    module, _, attribute = app.partition(":")
    sys.path.insert(0, str(loader.working_folder()))
    try:
        with contextlib.redirect_stdout(io.StringIO()), _disabled(), _at_most(IMPORT_S):
            return getattr(importlib.import_module(module), attribute), None
    except ModuleNotFoundError as problem:
        return None, f"{module} cannot be imported: there is no module {problem.name!r}"
    except (Exception, SystemExit) as problem:  # whatever an application does when it is imported
        if isinstance(problem, AttributeError) and problem.name == attribute:
            return None, f"{module} has no {attribute!r}"
        return None, f"{module} cannot be imported: {type(problem).__name__}"


@contextlib.contextmanager
def _disabled() -> Generator[None, None, None]:
    before = os.environ.get(loader.DISABLE)
    os.environ[loader.DISABLE] = "1"
    try:
        yield
    finally:
        os.environ.pop(loader.DISABLE)
        if before is not None:
            os.environ[loader.DISABLE] = before


@contextlib.contextmanager
def _at_most(seconds: float) -> Generator[None, None, None]:
    """Raise TimeoutError in the block after so many seconds, on systems that have an alarm."""

    def ring(*_: object) -> NoReturn:
        raise TimeoutError

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def picture(diagnosis: lines.Diagnosis) -> RenderableType:
    """Return the diagnosis for people: a status, a text and, one line below, what to do."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, min_width=7)
    grid.add_column(overflow="fold")
    for section in diagnosis.sections:
        grid.add_row(Text(section.title, style="bold"), "")
        for line in section.lines:
            grid.add_row(Text(line.status, style=STYLES[line.status]), Text(cells.line(line.text)))
            if line.fix is not None:
                grid.add_row("", Padding(Text(cells.line(f"→ {line.fix}"), style="cyan"), (0, 0, 0, 2)))
    grid.add_row("", "")
    grid.add_row(Text(diagnosis.status, style=STYLES[diagnosis.status]), Text(_sum(diagnosis)))
    return grid


def _sum(diagnosis: lines.Diagnosis) -> str:
    problems = f"{diagnosis.problems or 'no'} problem{'' if diagnosis.problems == 1 else 's'}"
    warnings = f"{diagnosis.warnings or 'no'} warning{'' if diagnosis.warnings == 1 else 's'}"
    return f"service {cells.line(diagnosis.service)}: {problems}, {warnings}"
