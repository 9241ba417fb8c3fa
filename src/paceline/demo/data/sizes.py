"""How many rows the shop has at a scale."""

from __future__ import annotations

from dataclasses import dataclass

from paceline import errors
from paceline.demo.data import words


@dataclass(frozen=True, slots=True)
class ShopSizes:
    """Numbers of rows.

    At scale 1 that is half a million rows: small enough to be made in seconds, large enough that reading all
    orders for one customer costs 10 to 30 ms. Items are one and a half per order, lines two and a half per cart.
    """

    products: int = 30_000
    customers: int = 25_000
    orders: int = 160_000
    reviews: int = 25_000
    carts: int = 8_000

    @classmethod
    def at(cls, scale: float) -> ShopSizes:
        """Return the sizes at `scale` (1.0 is half a million rows); no table falls below a page of rows.

        Raises:
            UsageError: the scale is not between 0.001 and 100.
        """
        if not 0.001 <= scale <= 100:
            raise errors.UsageError(f"the shop's scale is {scale:g}; choose one between 0.001 and 100")
        whole = cls()
        return cls(
            products=_scaled(whole.products, scale),
            customers=_scaled(whole.customers, scale),
            orders=_scaled(whole.orders, scale),
            reviews=_scaled(whole.reviews, scale),
            carts=_scaled(whole.carts, scale),
        )

    @property
    def categories(self) -> int:
        """Return the number of categories, which no scale changes."""
        return len(words.SHELVES)


def _scaled(count: int, scale: float) -> int:
    return max(100, round(count * scale))
