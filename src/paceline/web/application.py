"""The web application: guard, resources, stream and pages put together; to be mounted under the prefix.

It has no life of its own: no lifespan, no background task without a watcher, nothing to close.
"""

from __future__ import annotations

from importlib import metadata

from fastapi import Depends, FastAPI

from paceline.engine import service as services
from paceline.web import asking, auth, live, methods, pages, parameters, problems, sessions, settings, tokens
from paceline.web.api import (
    database,
    findings,
    jobs,
    journal,
    memory,
    metrics,
    overview,
    responses,
    timeseries,
    traces,
)
from paceline.web.api import settings as live_settings

_ROOMS = (overview, findings, database, responses, memory, timeseries, traces, metrics, live_settings, jobs, journal)


def create_app(
    service: services.Service,
    wanted: settings.WebSettings,
    *,
    access: tokens.Access | auth.Authorize | None,
    pace: live.Pace | None = None,
) -> FastAPI:
    """Return the dashboard and its API.

    Args:
        service: who answers.
        wanted: prefix and host names; the tokens in it are read by `tokens.Access`.
        access: who may see it: tokens, or a callable of the host that takes the ASGI scope and returns `viewer`,
            `operator` or None. With None everything answers 404.
        pace: rhythm of the live stream; the default fits the store.
    """
    app = FastAPI(
        title="paceline",
        description="What users wait for, and why. Times are milliseconds with the unit in the name.",
        version=metadata.version("paceline"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(parameters.refuse_unknown)],
    )
    app.state.desk = asking.Desk(service)
    app.state.broadcast = live.Broadcast(app.state.desk, pace or live.Pace())
    app.state.access = access
    for room in _ROOMS:
        app.include_router(room.router)
    for router in (live.router, sessions.router, pages.router):
        app.include_router(router)
    problems.install(app)
    app.add_middleware(methods.Heads)
    app.add_middleware(auth.Guard, wanted=wanted, access=access)
    return app
