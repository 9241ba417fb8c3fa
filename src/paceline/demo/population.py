"""What visitors of the shop know before they come: how much there is, some addresses, the links to later pages.

A plain value, so that traffic can be made in another process than the one that read it (`census`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aisle:
    """A category with the queries (`page=2&after=…`) that its pages after the first are linked by."""

    slug: str
    later_pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Population:
    """The rows that requests can name.

    Attributes:
        products: number of products; their ids are 1 to this number.
        customers: number of customers, likewise.
        orders: number of orders, likewise.
        emails: addresses of those who sign in, the most frequent customer first; not empty.
        aisles: the categories, the largest first; not empty.
    """

    products: int
    customers: int
    orders: int
    emails: tuple[str, ...]
    aisles: tuple[Aisle, ...]
