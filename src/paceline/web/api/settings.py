"""`/settings`: what the service goes by, and changing it while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from paceline.engine.control import tuning
from paceline.web import asking, auth

router = APIRouter(prefix="/settings", tags=["maintenance"])

Name = Annotated[str, Path(max_length=60, pattern="^[a-z0-9_]+$", description="As the list gives it.")]


@dataclass(frozen=True, slots=True)
class NewValue:
    """What a setting is to be; null goes back to the value that the service was started with."""

    value: Any


@router.get("", response_model=tuning.Settings, summary="All settings but the secrets")
async def settings(request: Request) -> Response:
    """Return each setting with its value, its default, where the value comes from and whether it is live."""
    return await asking.answer(request, lambda service: service.settings())


@router.put("/{name}", response_model=tuning.Changed, summary="Change a live setting (operator)")
async def put(request: Request, name: Name, wanted: NewValue) -> Response:
    """Change a live setting in all workers and over restarts. Tells which workers have it."""
    by = auth.role_of(request.scope)
    return await asking.answer(request, lambda service: service.put_setting(name, wanted.value, by=by))
