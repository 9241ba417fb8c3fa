"""`/overview` and `/health`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from paceline.engine.answers import health as health_answers
from paceline.engine.answers import overview as overview_answers
from paceline.web import asking

router = APIRouter(tags=["overview"])


@router.get("/overview", response_model=overview_answers.Overview, summary="Everything at a glance")
async def overview(request: Request) -> Response:
    """Return database, API, memory, system, health and own cost in short."""
    return await asking.answer(request, lambda service: service.overview())


@router.get(
    "/health",
    response_model=health_answers.Health,
    responses={503: {"model": health_answers.Health, "description": "Failing."}},
    summary="Whether the service is well",
)
async def health(request: Request) -> Response:
    """Return the checks and the worst of them: 200 when ok or degraded, 503 when failing."""
    found = await asking.desk_of(request).ask(lambda service: service.health())
    status = 503 if found.status == health_answers.FAILING else 200
    return Response(asking.to_json(found), status, media_type="application/json")
