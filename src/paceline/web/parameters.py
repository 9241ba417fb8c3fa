"""The query parameters that lists have in common; what they refuse is a 422 problem that names the parameter."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

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
Sort = Annotated[str, Query(max_length=20, pattern="^[a-z0-9_]+$", description="Order of the rows, largest first.")]
OptionalSort = Annotated[
    str | None,
    Query(max_length=20, pattern="^[a-z0-9_]+$", description="Order of the rows, largest first; default by kind."),
]
Route = Annotated[str | None, Query(max_length=500, description="Route template, as in `/users/{user_id}`.")]
