"""Switch the mistakes that live in the database: indexes that nobody created, and indexes that nobody needs.

The other mistakes are branches in handlers and are switched by `ShopOptions` when the application is created.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Index, MetaData, func, inspect, text
from sqlalchemy.exc import DBAPIError

from paceline import errors
from paceline.demo import mistakes, schema

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Table
    from sqlalchemy.ext.asyncio import AsyncEngine

PAYMENTS_OF_ORDER = "ix_payments_order_id"
ORDERS_OF_CUSTOMER = "ix_orders_customer_id_created_at"
WAITING_NOTIFICATIONS = "ix_notifications_waiting"
NEWEST_FOR_SALE = "ix_products_newest_for_sale"
CUSTOMER_BY_EMAIL = "ix_customers_lower_email"
PRODUCTS_BY_ATTRIBUTE = "ix_products_attributes"
PRODUCTS_BY_TAG = "ix_products_tags"
PRODUCTS_BY_LETTERS = "ix_products_name_letters"
PAYMENTS_BY_REFERENCE = "ix_payments_provider_reference"
EVENTS_AGAIN = "ix_events_customer_time"


@dataclass(frozen=True, slots=True)
class Switch:
    """An index that a mistake lacks, or (`surplus`) that is the mistake."""

    mistake: str
    index: Index
    surplus: bool = False

    def wanted(self, switched_on: Collection[str]) -> bool:
        """Tell whether the index is to be there while the mistakes `switched_on` are in."""
        return (self.mistake in switched_on) == self.surplus


def switches() -> tuple[Switch, ...]:
    """Return the index of each mistake, bound to copies of the tables.

    An `Index` joins the table it is made for, so one made for the table itself would be created with it.
    """
    payments, orders, events = _copy("payments"), _copy("orders"), _copy("events")
    return (
        Switch(mistakes.MISSING_FOREIGN_KEY_INDEX, Index(PAYMENTS_OF_ORDER, payments.c.order_id)),
        Switch(mistakes.MISSING_COMPOSITE_INDEX, Index(ORDERS_OF_CUSTOMER, orders.c.customer_id, orders.c.created_at)),
        *_partial_switches(),
        Switch(
            mistakes.MISSING_EXPRESSION_INDEX,
            Index(CUSTOMER_BY_EMAIL, func.lower(_copy("customers").c.email), unique=True),
        ),
        *_inverted_switches(),
        Switch(mistakes.UNUSED_INDEX, Index(PAYMENTS_BY_REFERENCE, payments.c.provider_reference), surplus=True),
        Switch(mistakes.DUPLICATE_INDEX, Index(EVENTS_AGAIN, events.c.customer_id, events.c.created_at), surplus=True),
    )


def _partial_switches() -> tuple[Switch, ...]:
    queue, products = _copy("notifications").c, _copy("products").c
    return (
        Switch(
            mistakes.MISSING_QUEUE_INDEX,
            Index(WAITING_NOTIFICATIONS, queue.created_at, postgresql_where=queue.sent_at.is_(None)),
        ),
        Switch(
            mistakes.MISSING_SOFT_DELETE_INDEX,
            Index(NEWEST_FOR_SALE, products.created_at, postgresql_where=products.deleted_at.is_(None)),
        ),
    )


def _inverted_switches() -> tuple[Switch, ...]:
    products = _copy("products").c
    return (
        Switch(
            mistakes.MISSING_JSONB_INDEX,
            Index(
                PRODUCTS_BY_ATTRIBUTE,
                products.attributes,
                postgresql_using="gin",
                postgresql_ops={"attributes": "jsonb_path_ops"},
            ),
        ),
        Switch(mistakes.MISSING_ARRAY_INDEX, Index(PRODUCTS_BY_TAG, products.tags, postgresql_using="gin")),
        Switch(
            mistakes.MISSING_TRIGRAM_INDEX,
            Index(PRODUCTS_BY_LETTERS, products.name, postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
        ),
    )


def _copy(table: str) -> Table:
    return schema.Base.metadata.tables[table].to_metadata(MetaData())


def switch_indexes(connection: Connection, switched_on: Collection[str]) -> frozenset[str]:
    """Create and drop indexes until the mistakes `switched_on` are in and no others; return the tables changed."""
    changed: set[str] = set()
    for switch in switches():
        index = switch.index
        assert index.table is not None
        there = inspect(connection).has_index(index.table.name, str(index.name))
        if switch.wanted(switched_on) == there:
            continue
        changed.add(index.table.name)
        if there:
            index.drop(connection)
        else:
            index.create(connection)
    return frozenset(changed)


async def apply_mistakes(engine: AsyncEngine, switched_on: Collection[str]) -> None:
    """Make the database have exactly the mistakes `switched_on`; code mistakes among them change nothing here.

    A new index on an expression has no statistics until the next ANALYZE, so the tables changed are analysed.

    Raises:
        UsageError: a name is not a mistake of the shop.
        DatabaseError: the index without which letters are slow needs pg_trgm, and the server has not got it.
    """
    wanted = mistakes.ShopOptions(mistakes=frozenset(switched_on)).mistakes
    if mistakes.MISSING_TRIGRAM_INDEX not in wanted:
        await _require_trigrams(engine)
    async with engine.begin() as connection:
        changed = await connection.run_sync(switch_indexes, wanted)
        if changed:
            await connection.exec_driver_sql(f"ANALYZE {', '.join(sorted(changed))}")


async def _require_trigrams(engine: AsyncEngine) -> None:
    try:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError as error:
        message = (
            f"the shop's database cannot have the extension pg_trgm ({type(error).__name__}): have it created by an "
            f"administrator, or leave the mistake {mistakes.MISSING_TRIGRAM_INDEX} in"
        )
        raise errors.DatabaseError(message) from error
