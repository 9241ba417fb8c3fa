"""What lists of products can be narrowed by: price, a tag, an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, Field, StringConstraints

from paceline.demo import schema

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_Price = Annotated[int, Field(ge=0, le=10_000_000)]


class Filters(BaseModel):
    """Conditions that a product fulfils, each None for all; an attribute is `name:value`."""

    min_cents: _Price | None = None
    max_cents: _Price | None = None
    tag: Annotated[str, StringConstraints(pattern=r"^[\w &-]{1,40}$")] | None = None
    attribute: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}:[^\x00]{1,60}$")] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return them as SQL; what is deleted is never among the hits."""
        product = schema.Product
        wanted: list[ColumnElement[bool]] = [product.deleted_at.is_(None)]
        if self.min_cents is not None:
            wanted.append(product.price_cents >= self.min_cents)
        if self.max_cents is not None:
            wanted.append(product.price_cents <= self.max_cents)
        if self.tag is not None:
            wanted.append(product.tags.contains([self.tag]))
        if self.attribute is not None:
            name, _, value = self.attribute.partition(":")
            wanted.append(product.attributes.contains({name: value}))
        return wanted

    def query(self) -> str:
        """Return them as they go on in a link, each with `&` before it."""
        given = self.model_dump(exclude_none=True, include=set(Filters.model_fields))
        return f"&{urlencode(given)}" if given else ""
