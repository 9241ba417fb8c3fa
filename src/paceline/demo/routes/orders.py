"""Recent orders, one order, its invoice. Mistakes `n_plus_one` and `blocking_call` live here.

The index on the payments of an order is missed here, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import defaultload, joinedload, selectinload

from paceline.demo import cards, mistakes, partners, schema
from paceline.demo.state import Answer, RowId, Session, ShopOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(prefix="/orders", tags=["orders"])

RECENT = 20
"""How many orders the list shows: with the mistake, twice as many statements and one."""


@router.get("/recent")
async def recent(shop: ShopOf, session: Session) -> Answer:
    """Show the newest orders of all customers, with their items."""
    if shop.options.has(mistakes.N_PLUS_ONE):
        orders = await _one_by_one(session)
    else:
        orders = await _at_once(session)
    return {
        "orders": [
            cards.order_card(order) | {"customer": order.customer.name, "items": cards.item_cards(order.items)}
            for order in orders
        ]
    }


@router.get("/{order_id}")
async def order(order_id: RowId, session: Session) -> Answer:
    """Show an order with its items, how it was paid, and where it goes."""
    found = await _whole(session, order_id)
    return cards.order_card(found) | {
        "ship_to": found.ship_to,
        "items": cards.item_cards(found.items),
        "payments": [cards.payment_card(payment) for payment in found.payments],
    }


@router.get("/{order_id}/invoice")
async def invoice(order_id: RowId, shop: ShopOf, session: Session) -> Answer:
    """Show the invoice of an order, under the number that the tax office gives it."""
    found = await _whole(session, order_id)
    await session.close()
    if shop.options.has(mistakes.BLOCKING_CALL):
        given = shop.partners.ask_blocking(partners.NUMBERS, order=order_id)
    else:
        given = await shop.partners.ask(partners.NUMBERS, order=order_id)
    return {
        "number": given["number"],
        "order_id": found.id,
        "bill_to": found.ship_to,
        "lines": [
            {"text": f"{item.quantity} x {item.product.name}", "cents": item.quantity * item.unit_price_cents}
            for item in found.items
        ],
        "total_cents": found.total_cents,
    }


async def _whole(session: AsyncSession, order_id: int) -> schema.Order:
    order = schema.Order
    wanted = (selectinload(order.items).joinedload(schema.OrderItem.product), selectinload(order.payments))
    found = await session.get(order, order_id, options=wanted)
    if found is None:
        raise HTTPException(404, "no such order")
    return found


async def _one_by_one(session: AsyncSession) -> Sequence[schema.Order]:
    """Read the list, then go back for each order's customer and its items: the mistake."""
    order = schema.Order
    orders = await session.scalars(
        select(order)
        .options(defaultload(order.items).joinedload(schema.OrderItem.product))
        .order_by(order.id.desc())
        .limit(RECENT)
    )
    found = orders.all()
    for each in found:
        await each.awaitable_attrs.customer
        await each.awaitable_attrs.items
    return found


async def _at_once(session: AsyncSession) -> Sequence[schema.Order]:
    order, item = schema.Order, schema.OrderItem
    found = await session.scalars(
        select(order)
        .options(joinedload(order.customer), selectinload(order.items).joinedload(item.product))
        .order_by(order.id.desc())
        .limit(RECENT)
    )
    return found.all()
