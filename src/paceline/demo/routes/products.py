"""One product, with stock, stars and neighbours on the shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from paceline.demo import cards, schema
from paceline.demo.state import Answer, RowId, Session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(prefix="/products", tags=["products"])


@router.get("/{product_id}")
async def product(product_id: RowId, session: Session) -> Answer:
    """Show a product."""
    found = await session.get(schema.Product, product_id, options=[joinedload(schema.Product.category)])
    if found is None:
        raise HTTPException(404, "no such product")
    stock = await session.get(schema.Stock, product_id)
    return cards.product_card(found) | {
        "description": found.description,
        "category": {"slug": found.category.slug, "name": found.category.name},
        "in_stock": stock.quantity if stock else 0,
        "stars": await _stars(session, product_id),
        "similar": await _similar(session, found),
    }


async def _stars(session: AsyncSession, product_id: int) -> Answer:
    review = schema.Review
    number, average = (
        await session.execute(select(func.count(), func.avg(review.rating)).where(review.product_id == product_id))
    ).one()
    return {"reviews": number, "average": None if average is None else round(float(average), 2)}


async def _similar(session: AsyncSession, found: schema.Product) -> list[Answer]:
    product = schema.Product
    neighbours = await session.scalars(
        select(product)
        .where(
            product.category_id == found.category_id,
            product.price_cents >= found.price_cents,
            product.id != found.id,
            product.active,
        )
        .order_by(product.price_cents, product.id)
        .limit(6)
    )
    return [cards.product_card(neighbour) for neighbour in neighbours]
