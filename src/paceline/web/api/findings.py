"""`/findings`: what is wrong, by what it costs users."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from paceline.engine.answers.postgres import advice
from paceline.web import asking, parameters

router = APIRouter(tags=["findings"])


@router.get("/findings", response_model=advice.Findings, summary="What is wrong, ranked")
async def findings(request: Request, limit: parameters.Limit = 100) -> Response:
    """Return findings by the waiting they cost, then those without a price by severity, and what was not looked at."""
    return await asking.answer_of_database(request, lambda service: service.findings(limit=limit))
