"""Sign in, and the orders of a customer. Both missing-index mistakes are felt here; the code is right."""

from __future__ import annotations

import hmac
import secrets
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, StringConstraints
from sqlalchemy import func, select

from paceline.demo import cards, schema
from paceline.demo.data import rows
from paceline.demo.state import Answer, RowId, Session

router = APIRouter(tags=["accounts"])
customers = APIRouter(prefix="/customers")
orders_of = APIRouter(prefix="/{customer_id}/orders")


class Credentials(BaseModel):
    """What is typed to sign in."""

    email: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")]
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]


@router.post("/login")
async def login(credentials: Credentials, session: Session) -> Answer:
    """Answer the account and a token, or 401; capitals in the address do not matter."""
    email = credentials.email.lower()
    customer = await session.scalar(select(schema.Customer).where(func.lower(schema.Customer.email) == email))
    digest = rows.password_digest(email, credentials.password)
    if customer is None or not hmac.compare_digest(digest, customer.password_digest):
        raise HTTPException(401, "no account with this address and password")
    return {"token": secrets.token_urlsafe(24), "customer": cards.customer_card(customer)}


@orders_of.get("")
async def orders_of_customer(customer_id: RowId, session: Session) -> Answer:
    """Show the twenty newest orders of a customer, and what all those that were kept come to."""
    customer = await session.get(schema.Customer, customer_id)
    if customer is None:
        raise HTTPException(404, "no such customer")
    order = schema.Order
    found = await session.scalars(
        select(order).where(order.customer_id == customer_id).order_by(order.created_at.desc()).limit(20)
    )
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


customers.include_router(orders_of)
router.include_router(customers)
