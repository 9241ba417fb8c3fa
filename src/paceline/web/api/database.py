"""`/database/…`: statements as the application saw them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from paceline.engine.answers import ranges
from paceline.engine.answers.requests import slow_log, statements
from paceline.web import asking, parameters

router = APIRouter(prefix="/database", tags=["database"])

SlowQueries = ranges.Page[statements.StatementRow] | ranges.Page[slow_log.SlowStatement]
By = Annotated[
    Literal["statement", "execution"], Query(description="Statements summed up, or the slow log's single executions.")
]


@router.get("/stats", response_model=statements.DatabaseStats, summary="All statements of the range")
async def stats(
    request: Request,
    since: parameters.Since = "1h",
    top: parameters.Top = 10,
    sort: parameters.Sort = "share",
) -> Response:
    """Return totals, averages and percentiles, the slowest statements by share of waiting, and how often each runs."""
    return await asking.answer(request, lambda service: service.database_stats(since=since, top=top, sort=sort))


@router.get("/slow-queries", response_model=SlowQueries, summary="Slow statements")
async def slow_queries(  # noqa: PLR0913, PLR0917 - each is a query parameter of the contract
    request: Request,
    by: By = "statement",
    since: parameters.Since = "1h",
    limit: parameters.Limit = 10,
    sort: parameters.OptionalSort = None,
    cursor: parameters.Cursor = None,
    worker: parameters.Worker = None,
) -> Response:
    """Return statements with route, call site, percentiles and share of waiting, or single slow executions."""
    return await asking.answer(
        request,
        lambda service: service.slow_queries(by=by, since=since, limit=limit, sort=sort, cursor=cursor, worker=worker),
    )


@router.get("/frequency", response_model=ranges.Page[statements.FrequencyRow], summary="How often statements run")
async def frequency(
    request: Request,
    since: parameters.Since = "1h",
    limit: parameters.Limit = 100,
    sort: parameters.Sort = "count",
    cursor: parameters.Cursor = None,
    worker: parameters.Worker = None,
) -> Response:
    """Return count, average, total, p95 and share of each statement, most frequent first."""
    return await asking.answer(
        request,
        lambda service: service.frequency(since=since, limit=limit, sort=sort, cursor=cursor, worker=worker),
    )
