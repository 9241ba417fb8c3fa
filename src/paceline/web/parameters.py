"""The query parameters that lists have in common; what they refuse is a 422 problem that names the parameter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Request, exceptions

from paceline.engine.answers import measures
from paceline.engine.answers.requests import slow_log
from paceline.web.access import auth

if TYPE_CHECKING:
    from fastapi.dependencies.models import Dependant

MAX_LIMIT = 1_000

Since = Annotated[
    str,
    Query(
        max_length=40,
        description="Begin of the range: a length back from now (`15m`, `24h`, `2d`) or a moment (RFC 3339).",
        examples=["15m", "24h", "2026-01-31T12:00:00Z"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most rows in the answer.")]
Top = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows in each list of the answer.")]
Cursor = Annotated[
    str | None, Query(max_length=1_000, description="`next_cursor` of the page before; goes with the same sort.")
]
Worker = Annotated[
    str | None, Query(max_length=200, description="One process only; known for the last hour. Default: all together.")
]
Sort = Annotated[
    str,
    Query(
        max_length=20,
        pattern="^[a-z0-9_]+$",
        description="Order of the rows, largest first.",
        json_schema_extra={"enum": [*measures.SORTS]},
    ),
]
OptionalSort = Annotated[
    str | None,
    Query(
        max_length=20,
        pattern="^[a-z0-9_]+$",
        description="Order of the rows, largest first; `time` and `duration` are of single executions. "
        "Default: `share`, of single executions `time`.",
        json_schema_extra={"enum": [*measures.SORTS, *slow_log.SORTS]},
    ),
]
Route = Annotated[str | None, Query(max_length=500, description="Route template, as in `/users/{user_id}`.")]


async def refuse_unknown(request: Request) -> None:
    """Refuse a query parameter that the route does not have, or that comes twice: a slip must not pass for an answer.

    Raises:
        RequestValidationError: there is one; it says which ones there are, and does not repeat what was sent.
    """
    route = request.scope["route"]
    if not route.include_in_schema or auth.ROLE not in request.scope:
        return  # pages take any, and a stranger is told nothing
    known = sorted(set(_query_names(route.dependant)))
    sent = [name for name, _ in request.query_params.multi_items()]
    if len(sent) > len(set(sent)):
        raise exceptions.RequestValidationError([{"loc": ("query",), "msg": "A parameter may be given once"}])
    if any(name not in known for name in sent):
        told = f"there are only {', '.join(known)}" if known else "this path has none"
        raise exceptions.RequestValidationError([{"loc": ("query",), "msg": f"Unknown parameter: {told}"}])


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for part in dependant.dependencies:
        yield from _query_names(part)
