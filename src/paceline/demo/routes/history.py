"""What a customer has bought. Mistake `nested_n_plus_one` lives here; the index on a customer's orders is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from paceline.demo import cards, mistakes, schema
from paceline.demo.routes import accounts
from paceline.demo.state import Answer, RowId, Session, ShopOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(tags=["orders"])
own = APIRouter(prefix="/me/orders")
of_customer = APIRouter(prefix="/customers/{customer_id}/orders")

OWN = 10
"""How many of one's own orders are shown: with the mistake, as many statements more, and one for every item."""


@own.get("")
async def own_orders(customer: accounts.SignedIn, shop: ShopOf, session: Session) -> Answer:
    """Show one's own newest orders with what was in them."""
    newest = _newest(customer.id).limit(OWN)
    if shop.options.has(mistakes.NESTED_N_PLUS_ONE):
        orders = await _one_by_one(session, newest)
    else:
        items = selectinload(schema.Order.items)
        orders = (await session.scalars(newest.options(items.joinedload(schema.OrderItem.product)))).all()
    return {"orders": [cards.order_card(order) | {"items": cards.item_cards(order.items)} for order in orders]}


@of_customer.get("")
async def orders_of_customer(customer_id: RowId, session: Session) -> Answer:
    """Show the twenty newest orders of a customer, and what all those that were kept come to."""
    customer = await session.get(schema.Customer, customer_id)
    if customer is None:
        raise HTTPException(404, "no such customer")
    order = schema.Order
    found = await session.scalars(_newest(customer_id).limit(20))
    number, spent_cents = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(order.total_cents), 0)).where(
                order.customer_id == customer_id, order.status.not_in(("cancelled", "returned"))
            )
        )
    ).one()
    return {
        "customer": cards.customer_card(customer),
        "kept_orders": number,
        "spent_cents": spent_cents,
        "orders": [cards.order_card(each) for each in found],
    }


def _newest(customer_id: int) -> Select[schema.Order]:
    order = schema.Order
    return select(order).where(order.customer_id == customer_id).order_by(order.created_at.desc())


async def _one_by_one(session: AsyncSession, newest: Select[schema.Order]) -> Sequence[schema.Order]:
    """Go back for the items of each order, and for the product of each item: the mistake."""
    orders = (await session.scalars(newest)).all()
    for order in orders:
        for item in await order.awaitable_attrs.items:
            await item.awaitable_attrs.product
    return orders


router.include_router(own)
router.include_router(of_customer)
