"""The products of a category, page by page, cheapest first. `offset_paging` and `count_every_page` live here.

The link to the next page carries both a page number and a key (`price-id` of the last product seen), so that the
same link works with the mistake, which reads the number, and without it, which reads the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from sqlalchemy import func, select, tuple_

from paceline.demo import cards, mistakes, schema
from paceline.demo.routes import filters
from paceline.demo.state import Answer, Session, ShopOf

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

PAGE_SIZE = 24

router = APIRouter(prefix="/categories", tags=["categories"])

Slug = Annotated[str, Path(pattern=r"^[a-z][a-z-]{0,39}$")]


class Wanted(filters.Filters):
    """Which products of the category, and which page of them."""

    page: Annotated[int, Query(ge=1, le=10_000)] = 1
    after: Annotated[str | None, Query(pattern=r"^\d{1,9}-\d{1,9}$")] = None


@router.get("/{slug}/products")
async def products_of_category(
    slug: Slug, shop: ShopOf, session: Session, wanted: Annotated[Wanted, Query()]
) -> Answer:
    """Show one page of a category."""
    category = await category_of(session, slug)
    shelf = select(schema.Product).where(schema.Product.category_id == category.id, *wanted.conditions())
    pages = await _count_pages(session, shelf) if shop.options.has(mistakes.COUNT_EVERY_PAGE) else None
    if shop.options.has(mistakes.OFFSET_PAGING):
        page = _numbered_page(shelf, wanted.page)
    else:
        page = _page_after(shelf, wanted.after)
    # One row more than is shown tells whether there is a next page.
    ordered = page.order_by(schema.Product.price_cents, schema.Product.id).limit(PAGE_SIZE + 1)
    products = (await session.scalars(ordered)).all()
    return {
        "category": {"slug": category.slug, "name": category.name, "description": category.description},
        "page": wanted.page,
        "pages": pages,
        "products": [cards.product_card(product) for product in products[:PAGE_SIZE]],
        "next": _link(slug, wanted, products[PAGE_SIZE - 1]) if len(products) > PAGE_SIZE else None,
    }


async def category_of(session: AsyncSession, slug: str) -> schema.Category:
    """Return the category with this slug, or answer 404."""
    category = await session.scalar(select(schema.Category).where(schema.Category.slug == slug))
    if category is None:
        raise HTTPException(404, "no such category")
    return category


async def _count_pages(session: AsyncSession, shelf: Select[schema.Product]) -> int:
    """Count all that the pages hold together, for every page: the mistake."""
    total = await session.scalar(shelf.with_only_columns(func.count()))
    return -(-(total or 0) // PAGE_SIZE)


def _numbered_page(shelf: Select[schema.Product], page: int) -> Select[schema.Product]:
    """Read and throw away all pages before this one: the mistake."""
    return shelf.offset((page - 1) * PAGE_SIZE)


def _page_after(shelf: Select[schema.Product], after: str | None) -> Select[schema.Product]:
    """Continue in the index behind the last product seen."""
    if after is None:
        return shelf
    price_cents, last_id = map(int, after.split("-"))
    return shelf.where(tuple_(schema.Product.price_cents, schema.Product.id) > tuple_(price_cents, last_id))


def _link(slug: str, wanted: Wanted, last: schema.Product) -> str:
    return f"/categories/{slug}/products?page={wanted.page + 1}&after={last.price_cents}-{last.id}{wanted.query()}"
