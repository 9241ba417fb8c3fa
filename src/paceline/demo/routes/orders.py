"""One order, and the list of recent ones. Mistake `n_plus_one` lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from paceline.demo import cards, mistakes, schema
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
    """Show an order with its items and where it goes."""
    item = schema.OrderItem
    found = await session.get(
        schema.Order, order_id, options=[selectinload(schema.Order.items).joinedload(item.product)]
    )
    if found is None:
        raise HTTPException(404, "no such order")
    return cards.order_card(found) | {"ship_to": found.ship_to, "items": cards.item_cards(found.items)}


async def _one_by_one(session: AsyncSession) -> Sequence[schema.Order]:
    """Read the list, then go back for each order's customer, items and products: the mistake."""
    order = schema.Order
    orders = (await session.scalars(select(order).order_by(order.id.desc()).limit(RECENT))).all()
    for each in orders:
        await each.awaitable_attrs.customer
        for item in await each.awaitable_attrs.items:
            await item.awaitable_attrs.product
    return orders


async def _at_once(session: AsyncSession) -> Sequence[schema.Order]:
    order, item = schema.Order, schema.OrderItem
    found = await session.scalars(
        select(order)
        .options(joinedload(order.customer), selectinload(order.items).joinedload(item.product))
        .order_by(order.id.desc())
        .limit(RECENT)
    )
    return found.all()
