"""`/timeseries`: a metric over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from paceline.engine.answers import timeseries as series_answers
from paceline.web import asking, parameters

router = APIRouter(tags=["drill-down"])

Metric = Annotated[
    str,
    Query(
        max_length=40,
        pattern="^[a-z0-9_]+$",
        description="What to follow, as `requests`, `errors`, `request_p95_ms`, `statements` or `memory_rss_bytes`.",
        examples=["request_p95_ms"],
        json_schema_extra={"enum": [*series_answers.METRICS]},
    ),
]
Step = Annotated[float | None, Query(gt=0, le=86_400 * 31, description="Seconds per point; default: about 100 points.")]


@router.get("/timeseries", response_model=series_answers.TimeSeries, summary="A metric in equal steps")
async def timeseries(
    request: Request,
    metric: Metric,
    since: parameters.Since = "1h",
    step_seconds: Step = None,
    worker: parameters.Worker = None,
    route: parameters.Route = None,
) -> Response:
    """Return a metric over the range; a step in which nothing was measured is null, not zero."""
    return await asking.answer(
        request,
        lambda service: service.timeseries(
            metric=metric, since=since, step_seconds=step_seconds, worker=worker, route=route
        ),
    )
