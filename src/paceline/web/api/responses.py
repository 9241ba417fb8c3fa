"""`/api/…`: requests as users waited for them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from paceline.engine.answers import ranges
from paceline.engine.answers.requests import endpoints, slow_log
from paceline.web import asking, parameters

router = APIRouter(prefix="/api", tags=["api"])

SlowRequests = ranges.Page[slow_log.SlowRequest] | ranges.Page[endpoints.EndpointRow]
By = Annotated[
    Literal["execution", "route"], Query(description="The slow log's single responses, or endpoints summed up.")
]


@router.get("/stats", response_model=endpoints.ApiStats, summary="All requests of the range")
async def stats(
    request: Request,
    since: parameters.Since = "1h",
    top: parameters.Top = 10,
    sort: parameters.Sort = "share",
) -> Response:
    """Return totals, percentiles, error rates, status codes, outcomes, apdex and the slowest endpoints."""
    return await asking.answer(request, lambda service: service.api_stats(since=since, top=top, sort=sort))


@router.get("/slow-requests", response_model=SlowRequests, summary="Slow responses")
async def slow_requests(  # noqa: PLR0913, PLR0917 - each is a query parameter of the contract
    request: Request,
    by: By = "execution",
    since: parameters.Since = "1h",
    limit: parameters.Limit = 100,
    sort: parameters.OptionalSort = None,
    cursor: parameters.Cursor = None,
    worker: parameters.Worker = None,
) -> Response:
    """Return single slow responses, newest first, or endpoints with their slow counts."""
    return await asking.answer(
        request,
        lambda service: service.slow_requests(by=by, since=since, limit=limit, sort=sort, cursor=cursor, worker=worker),
    )
