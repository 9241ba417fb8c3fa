"""`/database/…`: statements as the application saw them, and what the database says about itself."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from paceline.engine.answers import jobs, ranges
from paceline.engine.answers.postgres import advice, database
from paceline.engine.answers.requests import samples, slow_log, statements
from paceline.web import asking, auth, parameters

router = APIRouter(prefix="/database", tags=["database"])

SlowQueries = ranges.Page[statements.StatementRow] | ranges.Page[slow_log.SlowStatement]
Schema = Annotated[
    str | None,
    Query(max_length=63, description="Tables and indexes of this schema only. Default: of all users' schemas."),
]
By = Annotated[
    Literal["statement", "execution"], Query(description="Statements summed up, or the slow log's single executions.")
]

Fingerprint = Annotated[
    str, Path(max_length=64, pattern="^[A-Za-z0-9]+$", description="Of the statement, as lists give it.")
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


@router.get("/samples/{fingerprint}", response_model=samples.ParameterSamples, summary="Example values (operator)")
async def parameter_samples(request: Request, fingerprint: Fingerprint) -> Response:
    """Return values of parameters that the answering worker keeps in its memory while `statement_samples` is values."""
    auth.demand_operator(request)
    return await asking.answer(request, lambda service: service.samples(fingerprint))


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


class Optimize(BaseModel):
    """What maintenance to plan; every field may be left out."""

    model_config = ConfigDict(extra="forbid")

    operations: list[Literal["analyze", "vacuum", "reindex"]] = Field(
        default=["analyze", "vacuum", "reindex"], min_length=1, max_length=3, description="In the order of the steps."
    )
    tables: list[Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, max_length=1_000, description="Names such as `public.orders`; null: all tables of users."
    )
    force: bool = Field(default=False, description="Whatever the numbers say; what stands against a step still does.")
    apply: bool = Field(default=False, description="Run the steps; not part of this version.")


EVERYTHING = Optimize()
"""What a request without a body asks for."""


@router.get("/info", response_model=database.DatabaseInfo, summary="What the database is made of")
async def info(request: Request, schema: Schema = None, limit: parameters.Limit = 100) -> Response:
    """Return sizes, tables and indexes (largest first), connections by state, extensions and settings."""
    return await asking.answer_of_database(request, lambda service: service.database_info(schema=schema, limit=limit))


@router.get("/health", response_model=advice.DatabaseHealth, summary="All checks of the database")
async def health(request: Request) -> Response:
    """Return every check as ok, finding, or skipped with the reason and how to enable it."""
    return await asking.answer_of_database(request, lambda service: service.database_health())


@router.get("/missing-indexes", response_model=advice.MissingIndexes, summary="Indexes that would save waiting")
async def missing_indexes(request: Request, limit: parameters.Limit = 20) -> Response:
    """Return why no indexes are proposed in this version."""
    return await asking.answer(request, lambda service: service.missing_indexes(limit=limit))


@router.post(
    "/optimize",
    response_model=jobs.Job,
    status_code=202,
    responses={501: {"description": "`apply` is not part of this version."}},
    summary="Plan maintenance (operator)",
)
async def optimize(request: Request, wanted: Optimize = EVERYTHING) -> Response:
    """Plan ANALYZE, VACUUM and REINDEX by need; the job's result holds the statements, and why. Nothing is run."""
    by = auth.role_of(request.scope)
    return await asking.accept(
        request,
        lambda service: service.optimize(
            operations=wanted.operations, tables=wanted.tables, force=wanted.force, apply=wanted.apply, by=by
        ),
    )
