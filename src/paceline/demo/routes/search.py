"""Find products by words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select

from paceline.demo import cards, schema
from paceline.demo.state import Answer, Session

router = APIRouter(tags=["search"])

Words = Annotated[str, Query(min_length=2, max_length=80, pattern=r"^[^\x00]+$")]


@router.get("/search")
async def search(q: Words, session: Session) -> Answer:
    """Show the products whose names hold all words of `q`, cheapest first."""
    product = schema.Product
    found = await session.scalars(
        select(product)
        .where(product.search.op("@@")(func.websearch_to_tsquery("simple", q)), product.active)
        .order_by(product.price_cents, product.id)
        .limit(24)
    )
    return {"q": q, "products": [cards.product_card(hit) for hit in found]}
