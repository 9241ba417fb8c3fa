"""Register, sign in and out, one's own account. The index on lower(email) is missed here; the code is right."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException
from pydantic import BaseModel, StringConstraints
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from paceline.demo import cards, schema
from paceline.demo.data import credentials
from paceline.demo.state import Answer, Session

router = APIRouter(tags=["accounts"])

SIGNED_IN_FOR = timedelta(days=30)

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class Credentials(BaseModel):
    """What is typed to sign in."""

    email: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")]
    password: Word


class Newcomer(Credentials):
    """What is typed to register."""

    name: Word
    street: Word
    city: Word
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def token_of(authorization: Annotated[str, Header(max_length=200)] = "") -> str:
    """Return the token that a request carries, or answer 401."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "sign in first")
    return token


Token = Annotated[str, Depends(token_of)]


async def signed_in(token: Token, session: Session) -> schema.Customer:
    """Return the customer whose token this is, or answer 401."""
    found = await session.scalar(
        select(schema.Session)
        .where(schema.Session.token_digest == credentials.token_digest(token), schema.Session.expires_at > func.now())
        .options(joinedload(schema.Session.customer))
    )
    if found is None:
        raise HTTPException(401, "sign in first")
    return found.customer


SignedIn = Annotated[schema.Customer, Depends(signed_in)]


@router.post("/register", status_code=201)
async def register(newcomer: Newcomer, session: Session) -> Answer:
    """Open an account; 409 if there is one with this address."""
    values = newcomer.model_dump(exclude={"password"})
    values["password_digest"] = credentials.password_digest(newcomer.email, newcomer.password)
    customer = await session.scalar(
        insert(schema.Customer).values(values).on_conflict_do_nothing().returning(schema.Customer)
    )
    if customer is None:
        raise HTTPException(409, "there is an account with this address")
    session.add(schema.Notification(customer_id=customer.id, kind="newsletter", payload={"subject": "Welcome"}))
    await session.commit()
    return {"customer": cards.customer_card(customer)}


@router.post("/login")
async def login(typed: Credentials, session: Session, user_agent: Annotated[str, Header()] = "") -> Answer:
    """Answer the account and a token, or 401; capitals in the address do not matter."""
    email = typed.email.lower()
    customer = await session.scalar(select(schema.Customer).where(func.lower(schema.Customer.email) == email))
    digest = credentials.password_digest(email, typed.password)
    if customer is None or not hmac.compare_digest(digest, customer.password_digest):
        raise HTTPException(401, "no account with this address and password")
    token = secrets.token_urlsafe(24)
    opened = schema.Session(
        token_digest=credentials.token_digest(token),
        customer_id=customer.id,
        device="phone" if "Mobile" in user_agent else "desktop",
        expires_at=datetime.now(UTC) + SIGNED_IN_FOR,
    )
    session.add(opened)
    await session.commit()
    return {"token": token, "customer": cards.customer_card(customer)}


@router.post("/logout", status_code=204)
async def logout(token: Token, session: Session) -> None:
    """Forget a token; that one which is unknown is forgotten already."""
    digest = credentials.token_digest(token)
    await session.execute(delete(schema.Session).where(schema.Session.token_digest == digest))
    await session.commit()


@router.get("/me")
async def me(customer: SignedIn, session: Session) -> Answer:
    """Show one's own account and what was looked at lately."""
    event = schema.Event
    lately = await session.scalars(
        select(event).where(event.customer_id == customer.id).order_by(event.created_at.desc()).limit(10)
    )
    return {
        "customer": cards.customer_card(customer) | {"street": customer.street},
        "lately": [
            {"kind": each.kind, "product_id": each.product_id, "created_at": each.created_at} for each in lately
        ],
    }
