"""What it costs to send what lies in the cart, and buying it. Mistake `connection_held` lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel
from sqlalchemy import delete, func, select, update

from paceline.demo import mistakes, partners, schema
from paceline.demo.routes import cart
from paceline.demo.state import Answer, AnyId, Session, ShopOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(tags=["checkout"])
shipping = APIRouter(prefix="/shipping")

CustomerId = Annotated[int, Query(ge=1, le=2**31 - 1)]


class Purchase(BaseModel):
    """Who buys what lies in the cart."""

    customer_id: AnyId


@shipping.get("/quote")
async def quote(customer_id: CustomerId, shop: ShopOf, session: Session) -> Answer:
    """Ask the carrier what it takes to bring what lies in the cart."""
    customer = await session.get(schema.Customer, customer_id)
    if customer is None:
        raise HTTPException(404, "no such customer")
    pieces = sum(line.quantity for line in await cart.lines_of(session, customer_id))
    if not shop.options.has(mistakes.CONNECTION_HELD):
        await session.close()  # gives the connection back for as long as the carrier takes
    return await shop.partners.ask(partners.RATES, country=customer.country, pieces=max(1, pieces))


@router.post("/checkout", status_code=201)
async def checkout(purchase: Purchase, session: Session) -> Answer:
    """Make one order of what lies in the cart, however often it is pressed; 409 if nothing does."""
    customer = await session.get(schema.Customer, purchase.customer_id)
    if customer is None:
        raise HTTPException(404, "no such customer")
    # Nobody else checks out with this cart until we commit.
    cart_id = await session.scalar(
        select(schema.Cart.id).where(schema.Cart.customer_id == customer.id).with_for_update()
    )
    lines = await cart.lines_of(session, customer.id)
    if not lines:
        raise HTTPException(409, "the cart is empty")
    order = _order(customer, lines)
    session.add(order)
    await session.flush()
    session.add(schema.Notification(customer_id=customer.id, kind="confirmation", payload={"order_id": order.id}))
    await _take_from_stock(session, lines)
    await session.execute(delete(schema.CartItem).where(schema.CartItem.cart_id == cart_id))
    await session.commit()
    return {"order_id": order.id, "status": order.status, "total_cents": order.total_cents}


def _order(customer: schema.Customer, lines: Sequence[schema.CartItem]) -> schema.Order:
    return schema.Order(
        customer_id=customer.id,
        status="pending",
        total_cents=sum(line.quantity * line.product.price_cents for line in lines),
        ship_to=f"{customer.street}, {customer.city}, {customer.country}",
        items=[
            schema.OrderItem(
                line=number,
                product_id=line.product_id,
                quantity=line.quantity,
                unit_price_cents=line.product.price_cents,
            )
            for number, line in enumerate(lines, 1)
        ],
    )


async def _take_from_stock(session: AsyncSession, lines: Sequence[schema.CartItem]) -> None:
    """Lower the stock; what is not there is ordered from the maker, so it never falls below zero."""
    stock = schema.Stock
    for line in lines:
        await session.execute(
            update(stock)
            .where(stock.product_id == line.product_id)
            .values(quantity=func.greatest(0, stock.quantity - line.quantity))
        )


router.include_router(shipping)
