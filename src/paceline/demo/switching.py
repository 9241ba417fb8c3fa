"""Switch the mistakes that live in the database: an index that is missing is created or dropped here.

The other mistakes are branches in handlers and are switched by `ShopOptions` when the application is created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Index, func

from paceline.demo import mistakes, schema

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

ORDERS_OF_CUSTOMER = "ix_orders_customer_id_created_at"
CUSTOMER_BY_EMAIL = "ix_customers_lower_email"


def _indexes() -> dict[str, Index]:
    """Return the index that each mistake lacks, bound to its table for this call only.

    An `Index` joins the table it is made for, so a module-level one would be created with the table.
    """
    metadata = schema.Base.metadata
    copies = {name: metadata.tables[name].to_metadata(type(metadata)()) for name in ("orders", "customers")}
    orders, customers = copies["orders"].c, copies["customers"].c
    return {
        mistakes.MISSING_COMPOSITE_INDEX: Index(ORDERS_OF_CUSTOMER, orders.customer_id, orders.created_at),
        mistakes.MISSING_EXPRESSION_INDEX: Index(CUSTOMER_BY_EMAIL, func.lower(customers.email), unique=True),
    }


def switch_indexes(connection: Connection, switched_on: Collection[str]) -> None:
    """Drop the index of every mistake that is in, create the index of every mistake that is out."""
    for mistake, index in _indexes().items():
        if mistake in switched_on:
            index.drop(connection, checkfirst=True)
        else:
            index.create(connection, checkfirst=True)


async def apply_mistakes(engine: AsyncEngine, switched_on: Collection[str]) -> None:
    """Make the database have exactly the mistakes `switched_on`; code mistakes among them change nothing here.

    A new index on an expression has no statistics until the next ANALYZE, so the two tables are analysed.

    Raises:
        UsageError: a name is not a mistake of the shop.
    """
    wanted = mistakes.ShopOptions(mistakes=frozenset(switched_on)).mistakes
    async with engine.begin() as connection:
        await connection.run_sync(switch_indexes, wanted)
        await connection.exec_driver_sql("ANALYZE orders, customers")
