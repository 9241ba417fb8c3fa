"""What visitors of the shop know before they come: how much there is, what occurs, the links to later pages.

A plain value, so that traffic can be made in another process than the one that read it (`census`). Whatever is in
rank order has the hottest first, so `skew.rank` chooses from it as people do.
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
    """The rows and values that requests can name.

    Attributes:
        products: number of products, deleted ones included; their ids are 1 to this number.
        customers: number of customers, likewise.
        orders: number of orders, likewise.
        notifications: number of notifications, sent ones included, likewise.
        for_sale: ids of the products that are not deleted, in rank order; not empty.
        emails: addresses of those who sign in, in rank order; not empty.
        tokens: of sessions that do not expire, those seen last first; not empty.
        aisles: the categories, the largest first; not empty.
        tags: tags that fewer than a tenth of the products has, the most frequent first; not empty.
        attributes: likewise names and values of attributes; not empty.
        unpaid_orders: ids of orders that wait for a payment, the newest first.
    """

    products: int
    customers: int
    orders: int
    notifications: int
    for_sale: tuple[int, ...]
    emails: tuple[str, ...]
    tokens: tuple[str, ...]
    aisles: tuple[Aisle, ...]
    tags: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    unpaid_orders: tuple[int, ...]
