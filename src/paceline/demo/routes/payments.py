"""Pay an order, and hear from the payment provider."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Header, HTTPException, Request
from pydantic import BaseModel, StringConstraints, ValidationError
from sqlalchemy import select, update

from paceline.demo import cards, partners, schema
from paceline.demo.state import Answer, AnyId, RowId, Session, ShopOf

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(tags=["payments"])
of_order = APIRouter(prefix="/orders/{order_id}")
webhooks = APIRouter(prefix="/payments")


class Means(BaseModel):
    """What an order is paid with."""

    method: Literal["card", "invoice", "paypal", "transfer"] = "card"


class Message(BaseModel):
    """What the payment provider tells of an attempt to pay."""

    order_id: AnyId
    reference: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\w-]+$")]
    status: Literal["captured", "failed", "refunded"]


@of_order.post("/pay")
async def pay(order_id: RowId, means: Means, shop: ShopOf, session: Session) -> Answer:
    """Have the provider take the money and note what came of it; 409 unless the order waits for a payment."""
    order = await _order(session, order_id)
    if order.status != "pending":
        raise HTTPException(409, "this order waits for no payment")
    await session.close()  # gives the connection back for the tenth of a second that the provider takes
    said = await shop.partners.ask(partners.PAYMENTS, order=order_id, amount=order.total_cents)
    payment = schema.Payment(
        order_id=order_id,
        method=means.method,
        status=said["status"],
        amount_cents=order.total_cents,
        provider_reference=said["reference"],
    )
    await _note(session, payment)
    return {"order_id": order_id, "payment": cards.payment_card(payment)}


@webhooks.post("/webhook")
async def webhook(request: Request, session: Session, x_signature: Annotated[str, Header()] = "") -> Answer:
    """Take a message of the provider, once however often it is sent; 401 unless the provider has signed it."""
    body = await request.body()
    if not hmac.compare_digest(partners.sign(body), x_signature):
        raise HTTPException(401, "this is not signed by the payment provider")
    message = _read(body)
    order = await _order(session, message.order_id)
    known = await session.scalars(select(schema.Payment).where(schema.Payment.order_id == order.id))
    if any(payment.provider_reference == message.reference for payment in known):
        return {"order_id": order.id, "known": True}
    payment = schema.Payment(
        order_id=order.id,
        method="card",
        status=message.status,
        amount_cents=order.total_cents,
        provider_reference=message.reference,
    )
    await _note(session, payment)
    return {"order_id": order.id, "known": False}


def _read(body: bytes) -> Message:
    try:
        return Message.model_validate_json(body)
    except ValidationError:
        raise HTTPException(422, "this is no message of a payment provider") from None


async def _order(session: AsyncSession, order_id: int) -> schema.Order:
    found = await session.get(schema.Order, order_id)
    if found is None:
        raise HTTPException(404, "no such order")
    return found


async def _note(session: AsyncSession, payment: schema.Payment) -> None:
    """Write an attempt to pay; with the money there, an order that waited for it is paid."""
    session.add(payment)
    if payment.status == "captured":
        order = schema.Order
        await session.execute(
            update(order).where(order.id == payment.order_id, order.status == "pending").values(status="paid")
        )
    await session.commit()


router.include_router(of_order)
router.include_router(webhooks)
