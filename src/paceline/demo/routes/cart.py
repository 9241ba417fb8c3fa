"""Put things into the cart, and buy what lies in it: the two requests of the shop that write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from paceline.demo import cards, schema
from paceline.demo.state import Answer, RowId, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(tags=["cart"])
carts = APIRouter(prefix="/cart/{customer_id}")

Row = TypeVar("Row", bound=schema.Base)

AnyId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Choice(BaseModel):
    """What is put into the cart."""

    product_id: AnyId
    quantity: Annotated[int, Field(ge=1, le=20)] = 1


class Purchase(BaseModel):
    """Who buys what lies in the cart."""

    customer_id: AnyId


@carts.post("/items", status_code=201)
async def add_item(customer_id: RowId, choice: Choice, session: Session) -> Answer:
    """Put a product into the cart; what is there already is added to, up to 99 pieces."""
    await _require(session, schema.Customer, customer_id)
    await _require(session, schema.Product, choice.product_id)
    item = schema.CartItem
    line = insert(item).values(customer_id=customer_id, product_id=choice.product_id, quantity=choice.quantity)
    await session.execute(
        line.on_conflict_do_update(
            index_elements=[item.customer_id, item.product_id],
            set_={"quantity": func.least(99, item.quantity + line.excluded.quantity)},
        )
    )
    answer = _cart(await _lines(session, customer_id))
    await session.commit()
    return answer


@router.post("/checkout", status_code=201)
async def checkout(purchase: Purchase, session: Session) -> Answer:
    """Make one order of what lies in the cart, however often it is pressed; 409 if nothing does."""
    customer = await _require(session, schema.Customer, purchase.customer_id, lock=True)
    lines = await _lines(session, customer.id)
    if not lines:
        raise HTTPException(409, "the cart is empty")
    order = schema.Order(
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
    session.add(order)
    await _take_from_stock(session, lines)
    await session.execute(delete(schema.CartItem).where(schema.CartItem.customer_id == customer.id))
    await session.commit()
    return {"order_id": order.id, "status": order.status, "total_cents": order.total_cents}


async def _require(session: AsyncSession, kind: type[Row], row_id: int, *, lock: bool = False) -> Row:
    """Return a row or answer 404; with `lock`, let nobody else check out for it until we commit."""
    found = await session.get(kind, row_id, with_for_update={"key_share": True} if lock else None)
    if found is None:
        raise HTTPException(404, f"no such {kind.__name__.lower()}")
    return found


async def _lines(session: AsyncSession, customer_id: int) -> Sequence[schema.CartItem]:
    """Read the cart by product id: every checkout then locks the stock in the same order, so none dead-locks."""
    item = schema.CartItem
    found = await session.scalars(
        select(item).where(item.customer_id == customer_id).options(joinedload(item.product)).order_by(item.product_id)
    )
    return found.all()


async def _take_from_stock(session: AsyncSession, lines: Sequence[schema.CartItem]) -> None:
    """Lower the stock; what is not there is ordered from the maker, so it never falls below zero."""
    stock = schema.Stock
    for line in lines:
        await session.execute(
            update(stock)
            .where(stock.product_id == line.product_id)
            .values(quantity=func.greatest(0, stock.quantity - line.quantity))
        )


def _cart(lines: Sequence[schema.CartItem]) -> Answer:
    return {
        "items": [{"quantity": line.quantity, "product": cards.product_card(line.product)} for line in lines],
        "total_cents": sum(line.quantity * line.product.price_cents for line in lines),
    }


router.include_router(carts)
