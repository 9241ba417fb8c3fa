"""The products of a category, page by page, cheapest first. Mistake `offset_count` lives here.

The link to the next page carries both a page number and a key (`price-id` of the last product seen), so that the
same link works with the mistake, which reads the number, and without it, which reads the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from sqlalchemy import func, select, tuple_

from paceline.demo import cards, mistakes, schema
from paceline.demo.state import Answer, Session, ShopOf

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

PAGE_SIZE = 24

router = APIRouter(prefix="/categories", tags=["categories"])

Slug = Annotated[str, Path(pattern=r"^[a-z][a-z-]{0,39}$")]
Page = Annotated[int, Query(ge=1, le=10_000)]
After = Annotated[str | None, Query(pattern=r"^\d{1,9}-\d{1,9}$")]


@router.get("/{slug}/products")
async def products_of_category(
    slug: Slug, shop: ShopOf, session: Session, page: Page = 1, after: After = None
) -> Answer:
    """Show one page of a category."""
    category = await session.scalar(select(schema.Category).where(schema.Category.slug == slug))
    if category is None:
        raise HTTPException(404, "no such category")
    if shop.options.has(mistakes.OFFSET_COUNT):
        products, pages = await _numbered_page(session, category.id, page)
    else:
        products, pages = await _page_after(session, category.id, after), None
    return {
        "category": {"slug": category.slug, "name": category.name, "description": category.description},
        "page": page,
        "pages": pages,
        "products": [cards.product_card(product) for product in products[:PAGE_SIZE]],
        "next": _link(slug, page + 1, products[PAGE_SIZE - 1]) if len(products) > PAGE_SIZE else None,
    }


def _for_sale(category_id: int) -> Select[schema.Product]:
    product = schema.Product
    return (
        select(product)
        .where(product.category_id == category_id, product.active)
        .order_by(product.price_cents, product.id)
    )


async def _numbered_page(session: AsyncSession, category_id: int, page: int) -> tuple[list[schema.Product], int]:
    """Read and throw away all pages before this one, then count the category: the mistake."""
    product = schema.Product
    total = await session.scalar(
        select(func.count()).select_from(product).where(product.category_id == category_id, product.active)
    )
    found = await session.scalars(_for_sale(category_id).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1))
    return list(found), -(-(total or 0) // PAGE_SIZE)


async def _page_after(session: AsyncSession, category_id: int, after: str | None) -> list[schema.Product]:
    """Continue in the index behind the last product seen; one row more tells whether there is a next page."""
    query = _for_sale(category_id)
    if after is not None:
        price_cents, last_id = map(int, after.split("-"))
        query = query.where(tuple_(schema.Product.price_cents, schema.Product.id) > tuple_(price_cents, last_id))
    return list(await session.scalars(query.limit(PAGE_SIZE + 1)))


def _link(slug: str, page: int, last: schema.Product) -> str:
    return f"/categories/{slug}/products?page={page}&after={last.price_cents}-{last.id}"
