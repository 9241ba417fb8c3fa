"""`/memory/…`: memory of the workers against their real limit, one collection, and when to warn."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from paceline.engine.answers import jobs
from paceline.engine.answers.processes import memory
from paceline.web import asking, auth, parameters

router = APIRouter(prefix="/memory", tags=["memory"])

LiveWorker = Annotated[str | None, Query(max_length=200, description="One live worker only. Default: all.")]
Threshold = Annotated[float, Path(gt=0, le=1, description="Share of the real limit, above 0 and at most 1.")]


@router.get("/stats", response_model=memory.MemoryStats, summary="Memory now, on average and at its peak")
async def stats(request: Request, since: parameters.Since = "1h", worker: parameters.Worker = None) -> Response:
    """Return memory of each worker and together, usage of the real limit, garbage collector and allocator."""
    return await asking.answer(request, lambda service: service.memory_stats(since=since, worker=worker))


@router.post("/gc", response_model=jobs.Job, status_code=202, summary="Run a garbage collection (operator)")
async def collect(request: Request, worker: LiveWorker = None) -> Response:
    """Have workers run a full collection; the job's result holds what each freed and how long it stood still."""
    by = auth.role_of(request.scope)
    return await asking.accept(request, lambda service: service.collect_garbage(worker, by=by))


@router.post(
    "/threshold/{threshold}", response_model=jobs.Job, status_code=202, summary="Set when to warn of memory (operator)"
)
async def threshold(request: Request, threshold: Threshold) -> Response:
    """Set `memory_threshold` in all workers and over restarts; the job's result holds which workers have it."""
    by = auth.role_of(request.scope)
    return await asking.accept(request, lambda service: service.set_memory_threshold(threshold, by=by))
