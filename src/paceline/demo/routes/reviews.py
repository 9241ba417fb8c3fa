"""What customers think of a product, and saying so."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from paceline.demo import cards, schema
from paceline.demo.routes import accounts, products
from paceline.demo.state import Answer, RowId, Session

router = APIRouter(prefix="/products/{product_id}/reviews", tags=["reviews"])


class Opinion(BaseModel):
    """What is written about a product."""

    rating: Annotated[int, Field(ge=1, le=5)]
    title: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00]+$")]
    body: Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")] = ""


@router.get("")
async def reviews(product_id: RowId, session: Session) -> Answer:
    """Show the twenty newest reviews of a product and how its stars are spread."""
    await products.for_sale(session, product_id)
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


@router.post("", status_code=201)
async def write_review(product_id: RowId, opinion: Opinion, customer: accounts.SignedIn, session: Session) -> Answer:
    """Write a review, for those who are signed in."""
    await products.for_sale(session, product_id)
    review = schema.Review(product_id=product_id, customer=customer, **opinion.model_dump())
    session.add(review)
    await session.commit()
    return cards.review_card(review)
