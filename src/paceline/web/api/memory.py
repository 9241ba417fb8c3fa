"""`/memory/…`: memory of the workers against their real limit."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from paceline.engine.answers.processes import memory
from paceline.web import asking, parameters

router = APIRouter(prefix="/memory", tags=["memory"])


@router.get("/stats", response_model=memory.MemoryStats, summary="Memory now, on average and at its peak")
async def stats(request: Request, since: parameters.Since = "1h", worker: parameters.Worker = None) -> Response:
    """Return memory of each worker and together, usage of the real limit, garbage collector and allocator."""
    return await asking.answer(request, lambda service: service.memory_stats(since=since, worker=worker))
