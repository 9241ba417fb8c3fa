"""Python and the machine."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

import paceline
from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines

OLDEST_PYTHON = (3, 11)
"""As pyproject.toml demands it."""


def examine(_: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Look at the interpreter and the operating system."""
    implementation = platform.python_implementation()
    facts: dict[str, object] = {"paceline": paceline.__version__, "python": platform.python_version()}
    said = f"paceline {paceline.__version__} on {implementation} {platform.python_version()}"
    if sys.version_info < OLDEST_PYTHON:
        yield lines.Line(lines.PROBLEM, said, "use Python 3.11 or newer", facts)
    elif implementation != "CPython":
        yield lines.Line(lines.WARNING, said, "use CPython: paceline is not tried with others", facts)
    else:
        yield lines.Line(lines.OK, said, None, facts)
    yield _system(platform.system(), platform.release())


def _system(system: str, release: str) -> lines.Line:
    facts: dict[str, object] = {"platform": system, "release": release, "machine": platform.machine()}
    said = f"{'macOS' if system == 'Darwin' else system} {release} on {platform.machine()}"
    if system == "Linux":
        return lines.Line(lines.OK, said, None, facts)
    if system == "Darwin":
        return lines.Line(lines.OK, f"{said}: for development; some gauges are of Linux only", None, facts)
    return lines.Line(lines.WARNING, said, "measure on Linux or macOS; here only import and commands work", facts)
