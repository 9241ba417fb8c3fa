"""The mistakes of the sample shop, each told once: what it is, where it sits, how it is mended.

Two of them are indexes that nobody created (`switching` creates and drops them), three are code (one branch in a
handler each). All are on by default; with all off the shop is as fast as its authors know how to make it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paceline import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING_COMPOSITE_INDEX = "missing_composite_index"
MISSING_EXPRESSION_INDEX = "missing_expression_index"
N_PLUS_ONE = "n_plus_one"
OFFSET_COUNT = "offset_count"
UNCACHED_HOME = "uncached_home"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One switchable mistake.

    Attributes:
        name: the word that switches it.
        what: what is wrong, in one sentence.
        where: the endpoint (method and route template) that suffers.
        remedy: what mends it, in words.
    """

    name: str
    what: str
    where: str
    remedy: str


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        MISSING_COMPOSITE_INDEX,
        "The orders of a customer, newest first, are found by reading all orders and sorting the hits.",
        "GET /customers/{customer_id}/orders",
        "An index on orders (customer_id, created_at).",
    ),
    Mistake(
        MISSING_EXPRESSION_INDEX,
        "Signing in compares lower(email), which the unique index on email cannot answer.",
        "POST /login",
        "A unique index on customers (lower(email)).",
    ),
    Mistake(
        N_PLUS_ONE,
        "The list of recent orders asks again for the customer and the items of every order.",
        "GET /orders/recent",
        "Load customers and items with the list (joinedload and selectinload).",
    ),
    Mistake(
        OFFSET_COUNT,
        "A category's page reads and throws away all pages before it and counts the whole category.",
        "GET /categories/{slug}/products",
        "Page by key: continue after the last price and id seen, and count nothing.",
    ),
    Mistake(
        UNCACHED_HOME,
        "The home page is the same for everybody and is computed anew for everybody.",
        "GET /",
        "Keep the answer for some seconds.",
    ),
)

ALL: frozenset[str] = frozenset(mistake.name for mistake in MISTAKES)


@dataclass(frozen=True, slots=True)
class ShopOptions:
    """How the shop is to behave.

    Attributes:
        mistakes: names of the mistakes that are in; all of them by default.
        home_cache_s: how many seconds the home page is kept when `uncached_home` is off.
    """

    mistakes: frozenset[str] = ALL
    home_cache_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse names that are no mistakes of the shop."""
        unknown = sorted(self.mistakes - ALL)
        if unknown:
            known = ", ".join(sorted(ALL))
            raise errors.UsageError(f"the shop has no mistake {unknown[0]!r}; choose from {known}, all or none")

    def has(self, mistake: str) -> bool:
        """Tell whether `mistake` is in."""
        return mistake in self.mistakes


def parse_mistakes(text: str) -> frozenset[str]:
    """Read a comma list of mistakes; `all` (or nothing) means every one, `none` means none.

    Raises:
        UsageError: a name is unknown.
    """
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if names <= {"all"}:
        return ALL
    if names <= {"none"}:
        return frozenset()
    return ShopOptions(mistakes=names).mistakes


def options_from_environment(environment: Mapping[str, str] | None = None) -> ShopOptions:
    """Read `PACELINE_SHOP_MISTAKES` (default: all of them) from the process's environment.

    Raises:
        UsageError: a name is unknown.
    """
    variables = os.environ if environment is None else environment
    return ShopOptions(mistakes=parse_mistakes(variables.get("PACELINE_SHOP_MISTAKES", "all")))
