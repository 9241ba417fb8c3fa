"""`/jobs`: changes and measurements that take their time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from paceline.engine.answers import jobs as job_answers
from paceline.engine.answers import ranges
from paceline.web import asking, auth, parameters

router = APIRouter(prefix="/jobs", tags=["jobs"])

JobId = Annotated[
    str, Path(max_length=64, pattern="^[A-Za-z0-9-]+$", description="As the 202 answer or the list gives it.")
]


@router.get("", response_model=ranges.Page[job_answers.Job], summary="Jobs, newest first")
async def jobs(request: Request, limit: parameters.Limit = 50, cursor: parameters.Cursor = None) -> Response:
    """Return jobs that run, wait or ended within the last day."""
    return await asking.answer(request, lambda service: service.jobs(limit=limit, cursor=cursor))


@router.get("/{job_id}", response_model=job_answers.Job, summary="One job")
async def job(request: Request, job_id: JobId) -> Response:
    """Return state, progress and result of one job."""
    return await asking.answer(request, lambda service: service.job(job_id))


@router.post("/{job_id}/cancel", response_model=job_answers.Job, status_code=202, summary="End a job (operator)")
async def cancel(request: Request, job_id: JobId) -> Response:
    """Tell the owner of a queued or running job to end it, whoever that is; it does before its next step."""
    by = auth.role_of(request.scope)
    return await asking.accept(request, lambda service: service.cancel_job(job_id, by=by))
