"""`/journal`: what operators changed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from paceline.engine.answers import journal as journal_answers
from paceline.engine.answers import ranges
from paceline.web import asking, parameters

router = APIRouter(tags=["maintenance"])


@router.get("/journal", response_model=ranges.Page[journal_answers.Entry], summary="What operators changed")
async def journal(request: Request, limit: parameters.Limit = 50, cursor: parameters.Cursor = None) -> Response:
    """Return every change, newest first: who, what, with which arguments, what came of it, and how to undo it."""
    return await asking.answer(request, lambda service: service.journal(limit=limit, cursor=cursor))
