"""Those who send requests: their dice, and what they know of the shop.

Customers and products are drawn from the same Zipf's law as the rows, so hot pages meet hot rows. About one request
in a hundred asks for what is not there, and a few are malformed, as everywhere on the internet.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from paceline.demo.data import skew

if TYPE_CHECKING:
    from paceline.demo.population import Population

T = TypeVar("T")

_NOT_FOUND_RATIO = 0.015  # of what names a row
_INVALID_RATIO = 0.02  # of posts
_STRANGE_TOKEN_RATIO = 0.02  # of those who are signed in: the session has expired
_LEAVING = 10  # one token in so many is of those who sign out


@dataclass(frozen=True, slots=True)
class Visitors:
    """All visitors of a run together, in one stream of dice."""

    dice: random.Random
    knows: Population

    def happens(self, ratio: float) -> bool:
        """Tell whether what happens in this share of all cases happens now."""
        return self.dice.random() < ratio

    def is_malformed(self) -> bool:
        """Tell whether the next post is one of the malformed ones."""
        return self.happens(_INVALID_RATIO)

    def product(self) -> int:
        """Choose a product, seldom one that does not exist."""
        if self.happens(_NOT_FOUND_RATIO):
            return self.knows.products * 2 + self.dice.randrange(self.knows.products)
        return self.product_for_sale()

    def product_for_sale(self) -> int:
        """Choose a product that can be bought."""
        return self._ranked(self.knows.for_sale, skew.PRODUCT_FLATNESS)

    def customer(self) -> int:
        """Choose a customer, seldom one who does not exist."""
        if self.happens(_NOT_FOUND_RATIO):
            return self.knows.customers * 2 + self.dice.randrange(self.knows.customers)
        return self.known_customer()

    def known_customer(self) -> int:
        """Choose a customer who exists."""
        return skew.ranked_id(self.dice.random(), self.knows.customers, skew.CUSTOMER_FLATNESS)

    def order(self) -> int:
        """Choose an order, seldom one that does not exist: people look at what they bought lately."""
        orders = self.knows.orders
        if self.happens(_NOT_FOUND_RATIO):
            return orders * 2 + self.dice.randrange(orders)
        return orders - int(orders * self.dice.random() ** 3)

    def unpaid_order(self) -> int:
        """Choose an order that waited for a payment when the run began; the latest one of all if none did."""
        return self.dice.choice(self.knows.unpaid_orders) if self.knows.unpaid_orders else self.knows.orders

    def notification(self) -> int:
        """Choose one of the latest notifications."""
        return self.knows.notifications - int(self.knows.notifications * self.dice.random() ** 6)

    def email(self) -> str:
        """Choose the address of somebody with an account, typed with or without its capitals."""
        email = self._ranked(self.knows.emails, skew.CUSTOMER_FLATNESS)
        return email.lower() if self.happens(0.8) else email

    def token(self) -> str:
        """Choose a session that goes on, seldom one that has expired."""
        if self.happens(_STRANGE_TOKEN_RATIO):
            return "expired-long-ago"
        tokens = self.knows.tokens
        return self._ranked(tokens[: len(tokens) - len(tokens) // _LEAVING], skew.CUSTOMER_FLATNESS)

    def token_to_give_up(self) -> str:
        """Choose a session to end: none of those that `token` chooses, so that these go on."""
        tokens = self.knows.tokens
        return self.dice.choice(tokens[-(len(tokens) // _LEAVING or 1) :])

    def shelf(self) -> tuple[str, tuple[str, ...]]:
        """Choose a category: its slug and the queries of its later pages."""
        aisle = self._ranked(self.knows.aisles, flatness=5)
        return aisle.slug, aisle.later_pages

    def tag(self) -> str:
        """Choose a tag, frequent ones more often."""
        return self._ranked(self.knows.tags, flatness=10)

    def attribute(self) -> str:
        """Choose an attribute as `name:value`, frequent ones more often."""
        return ":".join(self._ranked(self.knows.attributes, flatness=10))

    def unlike_any_before(self) -> str:
        """Return a word that no earlier run has used: a run that left something finds more rows than it did."""
        return f"{self.knows.customers}-{self.knows.orders}-{self.dice.getrandbits(40):x}"

    def _ranked(self, ranked: Sequence[T], flatness: int) -> T:
        return ranked[skew.rank(self.dice.random(), len(ranked), flatness)]
