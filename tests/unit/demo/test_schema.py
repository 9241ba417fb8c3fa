"""The tables of the shop; see tests/postgres/test_shop_data.py for the database."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import configure_mappers
from sqlalchemy.schema import CreateIndex

from paceline.demo import schema, switching


def _first_columns(table):
    yield next(iter(table.primary_key)).name
    for constraint in table.constraints:
        if type(constraint).__name__ == "UniqueConstraint":
            yield next(iter(constraint)).name
    switched = [switch.index for switch in switching.switches() if not switch.surplus]
    for index in (*table.indexes, *(index for index in switched if index.table.name == table.name)):
        yield getattr(next(iter(index.expressions)), "name", None)


def test_the_mapping_is_sound():
    configure_mappers()
    assert len(schema.Base.metadata.tables) == 14


def test_whoever_has_many_children_finds_them_by_an_index_once_no_mistake_is_in():
    # Devices of a customer, carts with a product, messages to a customer and reviews by one are never asked for.
    expected = {
        "sessions.customer_id",
        "cart_items.product_id",
        "notifications.customer_id",
        "reviews.customer_id",
    }
    unindexed = set()
    for table in schema.Base.metadata.tables.values():
        indexed = set(_first_columns(table))
        unindexed |= {f"{table.name}.{column.name}" for column in table.c if column.foreign_keys} - {
            f"{table.name}.{name}" for name in indexed
        }
    assert unindexed == expected


def test_the_index_of_a_category_leaves_out_what_is_deleted():
    (index,) = [i for i in schema.Product.__table__.indexes if i.name.startswith("ix_products_category")]
    assert str(CreateIndex(index).compile(dialect=postgresql.dialect())).endswith(
        "ON products (category_id, price_cents, id) WHERE deleted_at IS NULL"
    )
