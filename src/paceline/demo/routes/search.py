"""Find products: by words, and by letters while they are typed. The trigram index is missed by the second."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select

from paceline.demo import cards, schema
from paceline.demo.state import Answer, Session

router = APIRouter(tags=["search"])

Words = Annotated[str, Query(min_length=2, max_length=80, pattern=r"^[^\x00]+$")]


@router.get("/search")
async def search(q: Words, session: Session) -> Answer:
    """Show the products whose names hold all words of `q`, cheapest first."""
    product = schema.Product
    found = await session.scalars(
        select(product)
        .where(product.search.op("@@")(func.websearch_to_tsquery("simple", q)), product.deleted_at.is_(None))
        .order_by(product.price_cents, product.id)
        .limit(24)
    )
    return {"q": q, "products": [cards.product_card(hit) for hit in found]}


@router.get("/suggest")
async def suggest(q: Words, session: Session) -> Answer:
    """Complete what is typed: the first eight names that hold these letters anywhere."""
    product = schema.Product
    found = await session.scalars(
        select(product.name)
        .where(product.name.ilike(f"%{_literal(q)}%", escape="\\"), product.deleted_at.is_(None))
        .order_by(product.name, product.id)
        .limit(8)
    )
    return {"q": q, "names": found.all()}


def _literal(typed: str) -> str:
    """Return `typed` with what LIKE would take for a wildcard escaped."""
    return typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
