"""`/clear-metrics`: begin to measure anew."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from paceline.engine.control import clearing
from paceline.web import asking, auth

router = APIRouter(tags=["maintenance"])

What = Annotated[Literal["all", "statements", "requests", "memory"], Query(description="What to forget.")]


@router.post("/clear-metrics", response_model=clearing.Cleared, summary="Forget what was measured (operator)")
async def clear_metrics(request: Request, what: What = "all") -> Response:
    """Reset averages and peaks; findings, journal, proofs and calibration stay. Tells what was cleared where."""
    by = auth.role_of(request.scope)
    return await asking.answer(request, lambda service: service.clear_metrics(what=what, by=by))
