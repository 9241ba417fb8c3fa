"""What the shop's owner looks at: heavy, rare, and rightly so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select

from paceline.demo import schema
from paceline.demo.state import Answer, Session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(prefix="/admin", tags=["admin"])
reports = APIRouter(prefix="/report")

LastOrders = Annotated[int, Query(ge=1, le=20_000)]


@reports.get("")
async def report(session: Session, orders: LastOrders = 5_000) -> Answer:
    """Report turnover of the last orders by state and by category."""
    newest = await session.scalar(select(func.max(schema.Order.id))) or 0
    return {
        "orders": orders,
        "by_status": await _by_status(session, newest - orders),
        "by_category": await _by_category(session, newest - orders),
    }


async def _by_status(session: AsyncSession, before: int) -> list[Answer]:
    order = schema.Order
    found = await session.execute(
        select(order.status, func.count(), func.sum(order.total_cents))
        .where(order.id > before)
        .group_by(order.status)
        .order_by(order.status)
    )
    return [{"status": status, "orders": number, "total_cents": total} for status, number, total in found]


async def _by_category(session: AsyncSession, before: int) -> list[Answer]:
    item, product, category = schema.OrderItem, schema.Product, schema.Category
    turnover = func.sum(item.quantity * item.unit_price_cents)
    found = await session.execute(
        select(category.slug, func.sum(item.quantity), turnover)
        .join_from(item, product, product.id == item.product_id)
        .join(category, category.id == product.category_id)
        .where(item.order_id > before)
        .group_by(category.slug)
        .order_by(turnover.desc(), category.slug)
    )
    return [{"category": slug, "sold": sold, "total_cents": total} for slug, sold, total in found]


router.include_router(reports)
