"""The web framework, the web server, and the application if one was named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines

FRAMEWORKS = {"fastapi": (0, 115), "starlette": (0, 37)}
"""The oldest versions that the probe's tests are run with (`make matrix`); of Starlette, what that FastAPI takes."""
SERVERS = ("uvicorn", "gunicorn", "uvicorn-worker", "granian", "hypercorn")
"""What `paceline run` is tried with."""
UNWATCHED = ("django", "flask")
"""Frameworks that a team may expect to be watched and that are not yet."""


def examine(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Look at what is installed, and at the application."""
    yield from _frameworks()
    servers = {name: version for name in SERVERS if (version := circumstances_.version_of(name))}
    if servers:
        shown = ", ".join(f"{name} {version}" for name, version in servers.items())
        yield lines.Line(lines.OK, f"servers: {shown}", None, {"servers": servers})
    else:
        yield lines.Line(lines.WARNING, "no ASGI server that is known", f"install one: {', '.join(SERVERS)}")
    if found.application_problem is not None:
        yield lines.Line(lines.PROBLEM, found.application_problem, "give --app as module:attribute, from its folder")
    elif found.application is None:
        yield lines.Line(lines.SKIPPED, "no application was named (--app module:attribute)")
    else:
        yield _application(found.application, is_installed=found.installs_itself)


def _frameworks() -> Iterator[lines.Line]:
    installed = {name: version for name in FRAMEWORKS if (version := circumstances_.version_of(name))}
    for name, version in installed.items():
        oldest = FRAMEWORKS[name]
        facts: dict[str, object] = {"framework": name, "version": version}
        if circumstances_.is_at_least(version, oldest):
            yield lines.Line(lines.OK, f"{name} {version}: supported", None, facts)
        else:
            wanted = ".".join(map(str, oldest))
            fix = f"use {name} {wanted} or newer; older ones are not tried"
            yield lines.Line(lines.WARNING, f"{name} {version}: not tried", fix, facts)
    for name in UNWATCHED:
        version = circumstances_.version_of(name)
        if version:
            yield lines.Line(lines.SKIPPED, f"{name} {version}: not watched yet", None, {"framework": name})
    if not installed:
        yield lines.Line(
            lines.PROBLEM,
            "neither FastAPI nor Starlette is installed here",
            "run the doctor with the Python of the service",
        )


def _application(application: Any, *, is_installed: bool) -> lines.Line:
    kind = type(application).__name__
    if not hasattr(application, "build_middleware_stack"):
        fix = "name the FastAPI or Starlette object itself, not what is wrapped around it"
        return lines.Line(lines.PROBLEM, f"application: {kind} cannot be watched", fix, {"application": kind})
    routes = len(getattr(application, "routes", ()))
    facts: dict[str, object] = {"application": kind, "routes": routes, "is_installed": is_installed}
    said = f"application: {kind} with {routes} route{'' if routes == 1 else 's'}"
    if is_installed:
        return lines.Line(lines.OK, f"{said}, paceline installed in its code", None, facts)
    fix = "start it with: paceline run -- ... or add Paceline().install(app)"
    return lines.Line(lines.OK, f"{said}, paceline not in its code", fix, facts)
