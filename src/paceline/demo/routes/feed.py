"""A category as a file for price comparers, who fetch it over and over. Mistake `chatty_json` lives here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from paceline.demo import cards, mistakes, schema
from paceline.demo.routes import categories
from paceline.demo.state import Answer, Session, ShopOf

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(prefix="/categories", tags=["categories"])

LONGEST = 300
"""Products in one feed: the cheapest of the category."""


@router.get("/{slug}/feed")
async def feed(slug: categories.Slug, shop: ShopOf, session: Session) -> Response:
    """Give the cheapest products of a category with price and stock."""
    category = await categories.category_of(session, slug)
    if shop.options.has(mistakes.CHATTY_JSON):
        text = json.dumps(await _all_there_is(session, category), indent=4)
    else:
        text = json.dumps(await _what_is_read(session, category), separators=(",", ":"))
    return Response(text, media_type="application/json")


async def _all_there_is(session: AsyncSession, category: schema.Category) -> Answer:
    """Tell everything of every product, the category each time, in long words and with room to breathe: the mistake."""
    shelf = {"slug": category.slug, "name": category.name, "description": category.description}
    product = schema.Product
    found = await session.scalars(
        select(product)
        .where(product.category_id == category.id, product.deleted_at.is_(None))
        .options(joinedload(product.stock))
        .order_by(product.price_cents, product.id)
        .limit(LONGEST)
    )
    return {
        "products": [
            cards.product_card(each)
            | {
                "product_description": each.description,
                "product_attributes": each.attributes,
                "product_tags": each.tags,
                "product_created_at": each.created_at.isoformat(),
                "product_deleted_at": each.deleted_at,
                "product_category": shelf,
                "quantity_in_stock": each.stock.quantity,
            }
            for each in found
        ]
    }


async def _what_is_read(session: AsyncSession, category: schema.Category) -> Answer:
    """Tell what price comparers read: sku, name, price and whether it is there."""
    product, stock = schema.Product, schema.Stock
    found = await session.execute(
        select(product.sku, product.name, product.price_cents, stock.quantity)
        .join(stock, stock.product_id == product.id)
        .where(product.category_id == category.id, product.deleted_at.is_(None))
        .order_by(product.price_cents, product.id)
        .limit(LONGEST)
    )
    fields = ("sku", "name", "price_cents", "quantity_in_stock")
    return {"products": [dict(zip(fields, row, strict=True)) for row in found]}
