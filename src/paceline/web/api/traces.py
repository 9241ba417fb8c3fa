"""`/traces`: single requests that were kept as examples."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from paceline.engine.answers import ranges
from paceline.engine.answers.requests import traces as trace_answers
from paceline.web import asking, parameters

router = APIRouter(prefix="/traces", tags=["drill-down"])

TraceId = Annotated[str, Path(max_length=64, pattern="^[A-Za-z0-9-]+$", description="As the list gives it.")]


@router.get("", response_model=ranges.Page[trace_answers.TraceRow], summary="Kept requests")
async def traces(
    request: Request,
    since: parameters.Since = "1h",
    route: parameters.Route = None,
    limit: parameters.Limit = 100,
    cursor: parameters.Cursor = None,
) -> Response:
    """Return kept requests, newest first: errors, slow ones, those with repeated statements, and exemplars."""
    return await asking.answer(
        request, lambda service: service.traces(since=since, route=route, limit=limit, cursor=cursor)
    )


@router.get("/{trace_id}", response_model=trace_answers.TraceDetail, summary="One kept request")
async def trace(request: Request, trace_id: TraceId) -> Response:
    """Return one kept request with its statements in order of their start."""
    return await asking.answer(request, lambda service: service.trace(trace_id=trace_id))
