"""Read from a shop's database what its visitors know: the population of the traffic."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from paceline.demo import engines, population
from paceline.demo.data import credentials, skew
from paceline.demo.routes import categories

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_EMAILS = 2_000
"""How many of the hottest customers sign in; the others visit as guests."""

_TOKENS = 1_000
"""How many sessions go on: those that were seen last."""

_UNPAID = 1_000
"""How many orders may still be paid: the newest."""

_COUNTS = """
SELECT (SELECT count(*) FROM products), (SELECT count(*) FROM customers), (SELECT count(*) FROM orders),
       (SELECT count(*) FROM notifications)
"""

_FOR_SALE = "SELECT id FROM products WHERE deleted_at IS NULL"

# The shop keeps digests only; the tokens that came with the data are made from ids, those of later sign-ins are not.
_SESSIONS = """
SELECT id FROM sessions
WHERE expires_at > now() AND token_digest = encode(sha256(convert_to(:prefix || id, 'UTF8')), 'hex')
ORDER BY last_seen_at DESC, id DESC
LIMIT :most
"""

# Nobody asks for what one product in ten has.
_TAGS = """
SELECT tag FROM products, unnest(tags) AS tag WHERE deleted_at IS NULL
GROUP BY tag HAVING count(*) * 10 < :for_sale ORDER BY count(*) DESC, tag
"""

_ATTRIBUTES = """
SELECT key, value FROM products, jsonb_each_text(attributes) WHERE deleted_at IS NULL
GROUP BY key, value HAVING count(*) * 10 < :for_sale ORDER BY count(*) DESC, key, value
"""

_UNPAID_ORDERS = "SELECT id FROM orders WHERE status = 'pending' ORDER BY id DESC LIMIT :most"

# The last product of each full page that another page follows is the key of that page.
_PAGES = """
SELECT slug, number / :size + 1 AS page, price_cents, id
FROM (
    SELECT categories.slug, products.price_cents, products.id,
           row_number() OVER (shelf ORDER BY products.price_cents, products.id) AS number,
           count(*) OVER shelf AS total
    FROM products JOIN categories ON categories.id = products.category_id
    WHERE products.deleted_at IS NULL
    WINDOW shelf AS (PARTITION BY categories.id)
) AS numbered
WHERE number % :size = 0 AND number < total
ORDER BY slug, number
"""


async def read_population(dsn_or_engine: str | AsyncEngine) -> population.Population:
    """Return the population of the shop in the database, which must have been generated."""
    async with engines.engine_of(dsn_or_engine) as engine, engine.connect() as connection:
        products, customers, orders, notifications = (await connection.execute(text(_COUNTS))).one()
        for_sale = await _for_sale(connection, products)
        attributes = await connection.execute(text(_ATTRIBUTES), {"for_sale": len(for_sale)})
        return population.Population(
            products=products,
            customers=customers,
            orders=orders,
            notifications=notifications,
            for_sale=for_sale,
            emails=await _emails(connection, customers),
            tokens=await _tokens(connection),
            aisles=await _aisles(connection),
            tags=await _column(connection, _TAGS, for_sale=len(for_sale)),
            attributes=tuple((name, value) for name, value in attributes),
            unpaid_orders=await _column(connection, _UNPAID_ORDERS, most=_UNPAID),
        )


async def _column(connection: AsyncConnection, sql: str, **parameters: object) -> tuple[Any, ...]:
    return tuple(await connection.scalars(text(sql), parameters))


async def _for_sale(connection: AsyncConnection, products: int) -> tuple[int, ...]:
    there = frozenset(await _column(connection, _FOR_SALE))
    ranked = (skew.id_of_rank(position, products) for position in range(products))
    return tuple(product_id for product_id in ranked if product_id in there)


async def _emails(connection: AsyncConnection, customers: int) -> tuple[str, ...]:
    ranked = [skew.id_of_rank(position, customers) for position in range(min(_EMAILS, customers))]
    found = await connection.execute(
        text("SELECT id, email FROM customers WHERE id = ANY(CAST(:ids AS integer[]))"), {"ids": ranked}
    )
    by_id: dict[int, str] = {row.id: row.email for row in found}
    return tuple(by_id[customer_id] for customer_id in ranked)


async def _tokens(connection: AsyncConnection) -> tuple[str, ...]:
    found = await _column(connection, _SESSIONS, prefix=credentials.SESSION_PREFIX, most=_TOKENS)
    return tuple(map(credentials.session_token, found))


async def _aisles(connection: AsyncConnection) -> tuple[population.Aisle, ...]:
    pages: defaultdict[str, list[str]] = defaultdict(list)
    for slug in await _column(connection, "SELECT slug FROM categories ORDER BY id"):
        pages[slug] = []
    for row in await connection.execute(text(_PAGES), {"size": categories.PAGE_SIZE}):
        pages[row.slug].append(f"page={row.page}&after={row.price_cents}-{row.id}")
    return tuple(population.Aisle(slug, tuple(later)) for slug, later in pages.items())
