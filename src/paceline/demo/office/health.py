"""Whether the shop is alive."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text

from paceline.demo.state import Answer, Session

router = APIRouter(tags=["health"])


@router.get("/health")
async def health(session: Session) -> Answer:
    """Answer 200 while the database answers."""
    await session.execute(text("SELECT 1"))
    return {"status": "ok"}
