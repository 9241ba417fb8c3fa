"""How many rows the shop has at a scale."""

from __future__ import annotations

from dataclasses import dataclass, fields

from paceline import errors
from paceline.demo.data import words

LEAST = 100
"""No table falls below this: a page of everything, and percentages that still mean something."""


@dataclass(frozen=True, slots=True)
class ShopSizes:
    """Numbers of rows.

    At scale 1 that is two and a half million rows: few enough to be made in half a minute, so many that reading all
    orders for one customer costs 20 to 30 ms. Every product has a row in stock; an order has 1.6 lines and
    1.1 payments on average, a cart 2.5 lines.
    """

    products: int = 40_000
    customers: int = 80_000
    orders: int = 250_000
    reviews: int = 90_000
    carts: int = 40_000
    sessions: int = 100_000
    events: int = 800_000
    notifications: int = 250_000

    @classmethod
    def at(cls, scale: float) -> ShopSizes:
        """Return the sizes at `scale` (1.0 is more than two million rows).

        Raises:
            UsageError: the scale is not between 0.001 and 100.
        """
        if not 0.001 <= scale <= 100:
            raise errors.UsageError(f"the shop's scale is {scale:g}; choose one between 0.001 and 100")
        whole = cls()
        return cls(**{field.name: max(LEAST, round(getattr(whole, field.name) * scale)) for field in fields(cls)})

    @property
    def categories(self) -> int:
        """Return the number of categories, which no scale changes."""
        return len(words.SHELVES)
