"""The tables of the sample shop, as its authors would write them (SQLAlchemy 2, typed).

Money is in integer cents, times are UTC. The indexes whose absence or presence is a mistake are not part of a table:
they stand in `switching`. Foreign keys are left out of `create_tables` and added by `add_foreign_keys`, because
millions of rows are loaded many times faster when their parents are checked once at the end.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    MetaData,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.schema import AddConstraint, CreateTable

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA_VERSION = 2
"""Raised with every change of tables or rows, so that data of an older shop are made anew."""


class Base(AsyncAttrs, DeclarativeBase):
    """The shop's declarative base: text is `text`, times carry a zone, constraints have predictable names."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {str: Text(), datetime: DateTime(timezone=True)}


class ShopMeta(Base):
    """The one row that tells which data lie in the database."""

    __tablename__ = "shop_meta"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    schema_version: Mapped[int]
    scale: Mapped[float]
    seed: Mapped[int]


class Category(Base):
    """A shelf of the shop; its slug is part of addresses."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str]


class Product(Base):
    """Something for sale, or once for sale: a product that is given up keeps its row and gets `deleted_at`.

    `search` is kept by the database from the name; `attributes` is flat, text to text (maker, color, material, size,
    finish); `tags` are lower-case words.
    """

    __tablename__ = "products"
    __table_args__ = (
        Index(None, "category_id", "price_cents", "id", postgresql_where=text("deleted_at IS NULL")),
        Index(None, "search", postgresql_using="gin"),
        CheckConstraint("price_cents > 0", name="price"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    name: Mapped[str]
    description: Mapped[str]
    price_cents: Mapped[int]
    attributes: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple', name)", persisted=True), deferred=True
    )

    category: Mapped[Category] = relationship()
    stock: Mapped[Stock] = relationship(viewonly=True)


class Stock(Base):
    """How many pieces of a product lie in the warehouse; apart from products because it changes with every sale."""

    __tablename__ = "stock"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    quantity: Mapped[int]


class Customer(Base):
    """Somebody with an account; the address keeps the capitals it was typed with."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    street: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    password_digest: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Session(Base):
    """A browser that has signed in, known by the digest of its token until it expires."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    device: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]

    customer: Mapped[Customer] = relationship()


class Cart(Base):
    """The one cart of a customer; it stays when what lay in it is bought."""

    __tablename__ = "carts"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    items: Mapped[list[CartItem]] = relationship(order_by="CartItem.product_id")


class CartItem(Base):
    """What lies in a cart."""

    __tablename__ = "cart_items"

    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    quantity: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(server_default=func.now())

    product: Mapped[Product] = relationship()


class Order(Base):
    """What a customer bought at once; `status` is pending, paid, shipped, delivered, returned or cancelled."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    status: Mapped[str]
    total_cents: Mapped[int]
    ship_to: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    customer: Mapped[Customer] = relationship()
    items: Mapped[list[OrderItem]] = relationship(order_by="OrderItem.line")
    payments: Mapped[list[Payment]] = relationship(order_by="Payment.id")


class OrderItem(Base):
    """One line of an order, with the price of that day."""

    __tablename__ = "order_items"
    __table_args__ = (Index(None, "product_id", "order_id"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]

    product: Mapped[Product] = relationship()


class Payment(Base):
    """One attempt to pay an order; `status` is captured, failed or refunded."""

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    method: Mapped[str]
    status: Mapped[str]
    amount_cents: Mapped[int]
    provider_reference: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Review(Base):
    """What a customer thinks of a product."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index(None, "product_id", "created_at"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    rating: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    customer: Mapped[Customer] = relationship()


class Event(Base):
    """One thing that a visitor did: a log that only grows, in the order of time.

    `kind` is view, search, cart, checkout or login. Without foreign keys, because a log outlives what it tells of;
    `customer_id` is None for a guest, `product_id` where no product is concerned.
    """

    __tablename__ = "events"
    __table_args__ = (Index(None, "customer_id", "created_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int | None]
    product_id: Mapped[int | None]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Notification(Base):
    """A message to a customer; the table is the queue, and what waits in it has no `sent_at`.

    `kind` is confirmation, shipped, review or newsletter.
    """

    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship()


def create_tables(connection: Connection) -> None:
    """Create the tables with primary keys and unique constraints only, dropping what an older shop left."""
    Base.metadata.drop_all(connection)
    for table in Base.metadata.sorted_tables:
        connection.execute(CreateTable(table, include_foreign_key_constraints=[]))


def add_indexes(connection: Connection) -> None:
    """Create the indexes that the shop always has."""
    for table in Base.metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda found: str(found.name)):
            index.create(connection)


def add_foreign_keys(connection: Connection) -> None:
    """Add the foreign keys, which checks all rows once."""
    for table in Base.metadata.sorted_tables:
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKeyConstraint):
                connection.execute(AddConstraint(constraint))


def continue_ids(connection: Connection) -> None:
    """Let new rows get the ids after those that are there."""
    for table in Base.metadata.sorted_tables:
        if "id" in table.c:
            newest = select(func.max(table.c.id)).scalar_subquery()
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), newest)))
