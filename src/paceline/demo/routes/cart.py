"""What lies in a customer's cart: look, put in, change, take out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from paceline.demo import cards, schema
from paceline.demo.state import Answer, AnyId, RowId, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ScalarSelect
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(prefix="/cart", tags=["cart"])
of_customer = APIRouter(prefix="/{customer_id}")

Pieces = Annotated[int, Field(ge=1, le=20)]


class Choice(BaseModel):
    """What is put into the cart."""

    product_id: AnyId
    quantity: Pieces = 1


class Change(BaseModel):
    """How many of a product it shall be."""

    quantity: Pieces


@of_customer.get("")
async def cart(customer_id: RowId, session: Session) -> Answer:
    """Show what lies in a cart; nothing, if there never was one."""
    return _answer(await lines_of(session, customer_id))


@of_customer.post("/items", status_code=201)
async def add_item(customer_id: RowId, choice: Choice, session: Session) -> Answer:
    """Put a product into the cart; what is there already is added to, up to 99 pieces."""
    if await session.get(schema.Customer, customer_id) is None:
        raise HTTPException(404, "no such customer")
    product = await session.get(schema.Product, choice.product_id)
    if product is None or product.deleted_at is not None:
        raise HTTPException(404, "no such product")
    item = schema.CartItem
    line = insert(item).values(
        cart_id=await _cart_id(session, customer_id), product_id=product.id, quantity=choice.quantity
    )
    await session.execute(
        line.on_conflict_do_update(
            index_elements=[item.cart_id, item.product_id],
            set_={"quantity": func.least(99, item.quantity + line.excluded.quantity)},
        )
    )
    answer = _answer(await lines_of(session, customer_id))
    await session.commit()
    return answer


@of_customer.patch("/items/{product_id}")
async def change_item(customer_id: RowId, product_id: RowId, change: Change, session: Session) -> Answer:
    """Take another number of a product that lies in the cart."""
    item = schema.CartItem
    changed = await session.execute(
        update(item)
        .where(item.cart_id == _cart_of(customer_id), item.product_id == product_id)
        .values(quantity=change.quantity)
        .returning(item.product_id)
    )
    if changed.first() is None:
        raise HTTPException(404, "that does not lie in the cart")
    answer = _answer(await lines_of(session, customer_id))
    await session.commit()
    return answer


@of_customer.delete("/items/{product_id}")
async def remove_item(customer_id: RowId, product_id: RowId, session: Session) -> Answer:
    """Take a product out of the cart, wherever it is by now."""
    item = schema.CartItem
    await session.execute(delete(item).where(item.cart_id == _cart_of(customer_id), item.product_id == product_id))
    answer = _answer(await lines_of(session, customer_id))
    await session.commit()
    return answer


async def lines_of(session: AsyncSession, customer_id: int) -> Sequence[schema.CartItem]:
    """Read a cart by product id: every checkout then locks the stock in the same order, so none dead-locks."""
    item = schema.CartItem
    found = await session.scalars(
        select(item)
        .where(item.cart_id == _cart_of(customer_id))
        .options(joinedload(item.product))
        .order_by(item.product_id)
    )
    return found.all()


def _cart_of(customer_id: int) -> ScalarSelect[int]:
    return select(schema.Cart.id).where(schema.Cart.customer_id == customer_id).scalar_subquery()


async def _cart_id(session: AsyncSession, customer_id: int) -> int:
    """Return the id of the customer's cart, which is made if need be, and keep others from it until we commit."""
    cart = schema.Cart
    made = insert(cart).values(customer_id=customer_id)
    return (
        await session.execute(
            made.on_conflict_do_update(index_elements=[cart.customer_id], set_={"updated_at": func.now()}).returning(
                cart.id
            )
        )
    ).scalar_one()


def _answer(lines: Sequence[schema.CartItem]) -> Answer:
    return {
        "items": [{"quantity": line.quantity, "product": cards.product_card(line.product)} for line in lines],
        "total_cents": sum(line.quantity * line.product.price_cents for line in lines),
    }


router.include_router(of_customer)
