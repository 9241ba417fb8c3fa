"""The statements that make the shop's rows, table by table, out of nothing but row numbers.

Every value is a hash of (row, stream) with the seed folded in (`skew.sql_functions`); no statement runs in more than
one process, so the rows are the same on every machine. What belongs together is correlated as in life: the price with
the category, the status with the age, the words of a review with its stars, hot products with hot customers. Each
stream (the second argument of `u`) belongs to one column of one table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paceline.demo.data import catalogue, happenings, people, trade

if TYPE_CHECKING:
    from paceline.demo.data.sizes import ShopSizes
    from paceline.demo.data.step import Step


def steps(sizes: ShopSizes) -> tuple[Step, ...]:
    """Return the statements in the order in which they must run: parents first, lines before what they add up to."""
    return (
        catalogue.categories(),
        catalogue.products(sizes),
        catalogue.stock(),
        people.customers(sizes),
        people.sessions(sizes),
        people.carts(sizes),
        people.cart_items(sizes),
        trade.order_items(sizes),
        trade.orders(sizes),
        trade.payments(),
        catalogue.reviews(sizes),
        happenings.events(sizes),
        happenings.notifications(sizes),
    )
