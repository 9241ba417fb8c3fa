"""`/traces`: single requests that were kept as examples."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from paceline.engine.answers import ranges
from paceline.engine.answers.requests import traces as trace_answers
from paceline.web import asking, parameters

router = APIRouter(prefix="/traces", tags=["drill-down"])

Sort = Annotated[Literal["time", "duration"], Query(description="Newest first, or longest first.")]
TraceId = Annotated[str, Path(max_length=64, pattern="^[A-Za-z0-9-]+$", description="As the list gives it.")]


@router.get("", response_model=ranges.Page[trace_answers.TraceRow], summary="Kept requests")
async def traces(  # noqa: PLR0913, PLR0917 - each is a query parameter of the contract
    request: Request,
    since: parameters.Since = "1h",
    route: parameters.Route = None,
    limit: parameters.Limit = 100,
    sort: Sort = "time",
    cursor: parameters.Cursor = None,
    worker: parameters.Worker = None,
) -> Response:
    """Return kept requests, newest or longest first: errors, slow ones, repeated statements, exemplars."""
    return await asking.answer(
        request,
        lambda service: service.traces(since=since, route=route, limit=limit, sort=sort, cursor=cursor, worker=worker),
    )


@router.get("/{trace_id}", response_model=trace_answers.TraceDetail, summary="One kept request")
async def trace(request: Request, trace_id: TraceId) -> Response:
    """Return one kept request with its statements in order of their start."""
    return await asking.answer(request, lambda service: service.trace(trace_id=trace_id))
