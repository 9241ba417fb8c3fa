"""All products, narrowed; one product; what is bought with it. The indexes on tags and attributes are missed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from paceline.demo import cards, schema
from paceline.demo.routes import filters
from paceline.demo.state import Answer, RowId, Session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(prefix="/products", tags=["products"])

SHOWN = 24
LAST_SALES = 200
"""How many of the last sales of a product decide what is bought with it."""


@router.get("")
async def products(session: Session, wanted: Annotated[filters.Filters, Query()]) -> Answer:
    """Show the cheapest products that fulfil the conditions, of all categories."""
    product = schema.Product
    found = await session.scalars(
        select(product).where(*wanted.conditions()).order_by(product.price_cents, product.id).limit(SHOWN)
    )
    return {"products": [cards.product_card(hit) for hit in found]}


@router.get("/{product_id}")
async def product(product_id: RowId, session: Session) -> Answer:
    """Show a product with stock, stars and neighbours on the shelf."""
    product = schema.Product
    found = await session.get(product, product_id, options=[joinedload(product.category), joinedload(product.stock)])
    if found is None or found.deleted_at is not None:
        raise HTTPException(404, "no such product")
    return cards.product_card(found) | {
        "description": found.description,
        "attributes": found.attributes,
        "tags": found.tags,
        "category": {"slug": found.category.slug, "name": found.category.name},
        "in_stock": found.stock.quantity,
        "stars": await _stars(session, product_id),
        "similar": await _similar(session, found),
    }


@router.get("/{product_id}/recommendations")
async def recommendations(product_id: RowId, session: Session) -> Answer:
    """Show what was bought with a product the last times it was bought."""
    await for_sale(session, product_id)
    product, item, other = schema.Product, schema.OrderItem, aliased(schema.OrderItem)
    last = (
        select(item.order_id).where(item.product_id == product_id).order_by(item.order_id.desc()).limit(LAST_SALES)
    ).subquery()
    together = (
        select(other.product_id, func.count().label("times"))
        .join(last, last.c.order_id == other.order_id)
        .where(other.product_id != product_id)
        .group_by(other.product_id)
        .subquery()
    )
    found = await session.execute(
        select(product, together.c.times)
        .join(together, together.c.product_id == product.id)
        .where(product.deleted_at.is_(None))
        .order_by(together.c.times.desc(), product.id)
        .limit(8)
    )
    return {"products": [cards.product_card(each) | {"times": times} for each, times in found]}


async def for_sale(session: AsyncSession, product_id: int) -> schema.Product:
    """Return a product that is for sale, or answer 404."""
    found = await session.get(schema.Product, product_id)
    if found is None or found.deleted_at is not None:
        raise HTTPException(404, "no such product")
    return found


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
            product.deleted_at.is_(None),
        )
        .order_by(product.price_cents, product.id)
        .limit(6)
    )
    return [cards.product_card(neighbour) for neighbour in neighbours]
