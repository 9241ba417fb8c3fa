"""The staff's list of products, and orders as a file. Mistake `unbounded_list` lives here."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select

from paceline.demo import mistakes, schema
from paceline.demo.state import Answer, Session, Shop, ShopOf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

router = APIRouter(prefix="/admin", tags=["admin"])

PAGE_SIZE = 50
LINES_AT_ONCE = 500
"""How many lines of a file are read and sent at once."""

LastOrders = Annotated[int, Query(ge=1, le=100_000)]
After = Annotated[int, Query(ge=0, le=2**31 - 1)]


@router.get("/products")
async def products(shop: ShopOf, session: Session, after: After = 0) -> Answer:
    """List products with their stock, those too that are no longer for sale."""
    product, stock = schema.Product, schema.Stock
    page = (
        select(product.id, product.sku, product.name, product.price_cents, stock.quantity)
        .join(stock, stock.product_id == product.id)
        .where(product.id > after)
        .order_by(product.id)
    )
    if not shop.options.has(mistakes.UNBOUNDED_LIST):
        page = page.limit(PAGE_SIZE)
    found = (await session.execute(page)).all()
    return {
        "products": [
            {"id": row.id, "sku": row.sku, "name": row.name, "price_cents": row.price_cents, "in_stock": row.quantity}
            for row in found
        ],
        "next": f"/admin/products?after={found[-1].id}" if found else None,
    }


@router.get("/orders/export")
async def export(shop: ShopOf, orders: LastOrders = 2_000) -> StreamingResponse:
    """Send the last orders as CSV, line by line as they are read."""
    return StreamingResponse(_lines(shop, orders), media_type="text/csv")


async def _lines(shop: Shop, orders: int) -> AsyncIterator[str]:
    """Read with a session of its own, which lasts as long as the client reads."""
    order = schema.Order
    yield _csv([("id", "customer_id", "status", "total_cents", "created_at")])
    async with shop.sessions() as session:
        newest = await session.scalar(select(func.max(order.id))) or 0
        found = await session.stream(
            select(order.id, order.customer_id, order.status, order.total_cents, order.created_at)
            .where(order.id > newest - orders)
            .order_by(order.id)
        )
        async for rows in found.partitions(LINES_AT_ONCE):
            yield _csv(rows)


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
