"""What the shop's owner looks at: heavy, rare, and rightly so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select

from paceline.demo import cards, schema
from paceline.demo.state import Answer, Session

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(prefix="/admin", tags=["admin"])

LastOrders = Annotated[int, Query(ge=1, le=20_000)]

FEW = 5
"""So many pieces or fewer are a low stock."""


@router.get("/report")
async def report(session: Session, orders: LastOrders = 5_000) -> Answer:
    """Report turnover of the last orders by state and by category."""
    before = await _before(session, orders)
    return {
        "orders": orders,
        "by_status": await _by_status(session, before),
        "by_category": await _by_category(session, before),
    }


@router.get("/sales")
async def sales(session: Session, orders: LastOrders = 5_000) -> Answer:
    """Report the last orders by day."""
    order = schema.Order
    day: ColumnElement[str] = func.to_char(order.created_at, "YYYY-MM-DD")
    found = await session.execute(
        select(day, func.count(), func.sum(order.total_cents))
        .where(order.id > await _before(session, orders), order.status != "cancelled")
        .group_by(day)
        .order_by(day)
    )
    return {"days": [{"day": day, "orders": number, "total_cents": total} for day, number, total in found]}


@router.get("/customers/top")
async def top_customers(session: Session, orders: LastOrders = 5_000) -> Answer:
    """Report who spent most in the last orders."""
    order, customer = schema.Order, schema.Customer
    spent = func.sum(order.total_cents).label("spent")
    best = (
        select(order.customer_id, spent, func.count().label("number"))
        .where(order.id > await _before(session, orders), order.status.not_in(("cancelled", "returned")))
        .group_by(order.customer_id)
        .order_by(spent.desc(), order.customer_id)
        .limit(20)
        .subquery()
    )
    found = await session.execute(
        select(customer, best.c.spent, best.c.number)
        .join(best, best.c.customer_id == customer.id)
        .order_by(best.c.spent.desc(), customer.id)
    )
    return {
        "customers": [
            cards.customer_card(each) | {"spent_cents": spent_cents, "orders": number}
            for each, spent_cents, number in found
        ]
    }


@router.get("/stock/low")
async def low_stock(session: Session) -> Answer:
    """Report the fifty products for sale of which fewest are left."""
    product, stock = schema.Product, schema.Stock
    found = await session.execute(
        select(product, stock.quantity)
        .join(stock, stock.product_id == product.id)
        .where(stock.quantity <= FEW, product.deleted_at.is_(None))
        .order_by(stock.quantity, product.id)
        .limit(50)
    )
    return {"products": [cards.product_card(each) | {"in_stock": quantity} for each, quantity in found]}


async def _before(session: AsyncSession, orders: int) -> int:
    """Return the id before the last `orders` orders."""
    return (await session.scalar(select(func.max(schema.Order.id))) or 0) - orders


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
