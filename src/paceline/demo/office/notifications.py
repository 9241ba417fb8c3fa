"""The queue of messages to customers, as the program that sends them sees it. The index on what waits is missed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import func, select, update

from paceline.demo import schema
from paceline.demo.state import Answer, RowId, Session

router = APIRouter(prefix="/notifications", tags=["notifications"])

AtMost = Annotated[int, Query(ge=1, le=100)]


@router.get("/pending")
async def pending(session: Session, limit: AtMost = 20) -> Answer:
    """Show what waits to be sent, the oldest first."""
    notification = schema.Notification
    found = await session.scalars(
        select(notification).where(notification.sent_at.is_(None)).order_by(notification.created_at).limit(limit)
    )
    return {
        "notifications": [
            {"id": each.id, "customer_id": each.customer_id, "kind": each.kind, "payload": each.payload}
            for each in found
        ]
    }


@router.post("/{notification_id}/sent")
async def sent(notification_id: RowId, session: Session) -> Answer:
    """Note that a message was sent; a second time changes nothing."""
    notification = schema.Notification
    changed = await session.execute(
        update(notification)
        .where(notification.id == notification_id)
        .values(
            attempts=notification.attempts + 1,
            sent_at=func.coalesce(notification.sent_at, func.now()),
        )
        .returning(notification.attempts)
    )
    attempts = changed.scalar()
    if attempts is None:
        raise HTTPException(404, "no such notification")
    await session.commit()
    return {"id": notification_id, "attempts": attempts}
