"""What customers think of a product."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from paceline.demo import cards, schema
from paceline.demo.state import Answer, RowId, Session

router = APIRouter(prefix="/reviews", tags=["reviews"])


@router.get("/{product_id}")
async def reviews(product_id: RowId, session: Session) -> Answer:
    """Show the twenty newest reviews of a product and how its stars are spread."""
    if await session.get(schema.Product, product_id) is None:
        raise HTTPException(404, "no such product")
    review = schema.Review
    newest = await session.scalars(
        select(review)
        .where(review.product_id == product_id)
        .options(joinedload(review.customer))
        .order_by(review.created_at.desc())
        .limit(20)
    )
    spread = await session.execute(
        select(review.rating, func.count())
        .where(review.product_id == product_id)
        .group_by(review.rating)
        .order_by(review.rating)
    )
    return {
        "product_id": product_id,
        "spread": {str(rating): number for rating, number in spread},
        "reviews": [cards.review_card(found) for found in newest],
    }
