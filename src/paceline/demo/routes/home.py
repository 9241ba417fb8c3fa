"""The home page: hot, the same for everybody, made of aggregates. Mistake `uncached_home` lives here.

The index on the products that are not deleted is missed by the new arrivals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from sqlalchemy import func, select

from paceline.demo import cards, mistakes, schema
from paceline.demo.state import Answer, Session, ShopOf

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(tags=["home"])

RECENT_ORDERS = 10_000
"""How many of the last orders decide what sells best."""


@router.get("/")
async def home(shop: ShopOf, session: Session) -> Answer:
    """Show the shelves, what sells best and what is new."""
    if shop.options.has(mistakes.UNCACHED_HOME):
        return await _compute(session)
    return await shop.home.get(lambda: _compute(session), shop.options.home_cache_s)


async def _compute(session: AsyncSession) -> Answer:
    return {
        "categories": await _shelves(session),
        "best_sellers": await _best_sellers(session),
        "new_arrivals": await _new_arrivals(session),
    }


async def _shelves(session: AsyncSession) -> list[Answer]:
    number = func.count(schema.Product.id)
    found = await session.execute(
        select(schema.Category, number)
        .join(schema.Product, schema.Product.category_id == schema.Category.id)
        .where(schema.Product.deleted_at.is_(None))
        .group_by(schema.Category.id)
        .order_by(number.desc(), schema.Category.id)
    )
    return [{"slug": shelf.slug, "name": shelf.name, "products": products} for shelf, products in found]


async def _best_sellers(session: AsyncSession) -> list[Answer]:
    newest = select(func.max(schema.Order.id)).scalar_subquery()
    item = schema.OrderItem
    sold = func.sum(item.quantity).label("sold")
    best = (
        select(item.product_id, sold)
        .where(item.order_id > newest - RECENT_ORDERS)
        .group_by(item.product_id)
        .order_by(sold.desc(), item.product_id)
        .limit(12)
        .subquery()
    )
    found = await session.execute(
        select(schema.Product, best.c.sold)
        .join(best, best.c.product_id == schema.Product.id)
        .order_by(best.c.sold.desc(), schema.Product.id)
    )
    return [cards.product_card(product) | {"sold": pieces} for product, pieces in found]


async def _new_arrivals(session: AsyncSession) -> list[Answer]:
    product = schema.Product
    found = await session.scalars(
        select(product).where(product.deleted_at.is_(None)).order_by(product.created_at.desc()).limit(12)
    )
    return [cards.product_card(arrival) for arrival in found]
