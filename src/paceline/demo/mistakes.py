"""The mistakes of the sample shop, each told once: what it is, where it sits, how it is mended.

Ten are indexes: eight that nobody created, two that nobody needs (`switching` creates and drops them). Eleven are
code: one branch in a handler each. All are on by default; with all off the shop is as fast as its authors know how
to make it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paceline import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING_FOREIGN_KEY_INDEX = "missing_foreign_key_index"
MISSING_COMPOSITE_INDEX = "missing_composite_index"
MISSING_QUEUE_INDEX = "missing_queue_index"
MISSING_SOFT_DELETE_INDEX = "missing_soft_delete_index"
MISSING_EXPRESSION_INDEX = "missing_expression_index"
MISSING_JSONB_INDEX = "missing_jsonb_index"
MISSING_ARRAY_INDEX = "missing_array_index"
MISSING_TRIGRAM_INDEX = "missing_trigram_index"
UNUSED_INDEX = "unused_index"
DUPLICATE_INDEX = "duplicate_index"

N_PLUS_ONE = "n_plus_one"
NESTED_N_PLUS_ONE = "nested_n_plus_one"
OFFSET_PAGING = "offset_paging"
COUNT_EVERY_PAGE = "count_every_page"
UNBOUNDED_LIST = "unbounded_list"
UNCACHED_HOME = "uncached_home"
BLOCKING_CALL = "blocking_call"
CONNECTION_HELD = "connection_held"
POOL_TOO_SMALL = "pool_too_small"
LEAK = "leak"
CHATTY_JSON = "chatty_json"


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


INDEX_MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        MISSING_FOREIGN_KEY_INDEX,
        "The payments of an order are found by reading all payments: a foreign key does not come with an index.",
        "GET /orders/{order_id}",
        "An index on payments (order_id).",
    ),
    Mistake(
        MISSING_COMPOSITE_INDEX,
        "The orders of a customer, newest first, are found by reading all orders and sorting the hits.",
        "GET /customers/{customer_id}/orders",
        "An index on orders (customer_id, created_at).",
    ),
    Mistake(
        MISSING_QUEUE_INDEX,
        "The few notifications that wait are found by reading all those that were sent.",
        "GET /notifications/pending",
        "A partial index on notifications (created_at) where sent_at is null.",
    ),
    Mistake(
        MISSING_SOFT_DELETE_INDEX,
        "The newest products are found by reading and sorting all, the deleted ones included.",
        "GET /",
        "A partial index on products (created_at) where deleted_at is null.",
    ),
    Mistake(
        MISSING_EXPRESSION_INDEX,
        "Signing in compares lower(email), which the unique index on email cannot answer.",
        "POST /login",
        "A unique index on customers (lower(email)).",
    ),
    Mistake(
        MISSING_JSONB_INDEX,
        "Products with an attribute are found by opening the attributes of every product.",
        "GET /products",
        "A GIN index on products (attributes jsonb_path_ops), which answers @>.",
    ),
    Mistake(
        MISSING_ARRAY_INDEX,
        "Products with a tag are found by opening the tags of every product.",
        "GET /products",
        "A GIN index on products (tags), which answers @> and &&.",
    ),
    Mistake(
        MISSING_TRIGRAM_INDEX,
        "Names that hold the typed letters are found by comparing every name: ILIKE '%...%' starts anywhere.",
        "GET /suggest",
        "A GIN index on products (name gin_trgm_ops), from the extension pg_trgm.",
    ),
    Mistake(
        UNUSED_INDEX,
        "Every payment writes an index on its reference, by which nobody has ever searched.",
        "POST /payments/webhook",
        "Drop the index on payments (provider_reference).",
    ),
    Mistake(
        DUPLICATE_INDEX,
        "Every event writes the index on customer and time twice: there are two of the same.",
        "POST /events",
        "Drop one of the two indexes on events (customer_id, created_at).",
    ),
)
"""Those that live in the database; `switching` puts them in and takes them out."""

CODE_MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        N_PLUS_ONE,
        "The list of recent orders asks again for the customer and the items of every order.",
        "GET /orders/recent",
        "Load customers and items with the list (joinedload and selectinload).",
    ),
    Mistake(
        NESTED_N_PLUS_ONE,
        "One's own orders ask for the items of every order, and then for the product of every item.",
        "GET /me/orders",
        "Load orders, items and products together (selectinload, then joinedload).",
    ),
    Mistake(
        OFFSET_PAGING,
        "A category's page reads and throws away all pages before it.",
        "GET /categories/{slug}/products",
        "Page by key: continue after the last price and id seen.",
    ),
    Mistake(
        COUNT_EVERY_PAGE,
        "A category's page counts the whole category to say how many pages there are.",
        "GET /categories/{slug}/products",
        "Count nothing: one row more than the page shows tells whether there is a next one.",
    ),
    Mistake(
        UNBOUNDED_LIST,
        "The list of products for the staff has no end: all of them are read, built and sent.",
        "GET /admin/products",
        "Show a page at a time, with a LIMIT.",
    ),
    Mistake(
        UNCACHED_HOME,
        "The home page is the same for everybody and is computed anew for everybody.",
        "GET /",
        "Keep the answer for some seconds.",
    ),
    Mistake(
        BLOCKING_CALL,
        "An async handler waits for another service with a blocking client, and everybody waits with it.",
        "GET /orders/{order_id}/invoice",
        "Await an async client, or call the blocking one in a thread.",
    ),
    Mistake(
        CONNECTION_HELD,
        "A quote for shipping holds a database connection while the carrier takes its time to answer.",
        "GET /shipping/quote",
        "Read, give the connection back, then ask the carrier.",
    ),
    Mistake(
        POOL_TOO_SMALL,
        "The pool has fewer connections than requests are in flight, so requests wait for each other.",
        "GET /products/{product_id}",
        "As many connections as requests are in flight at busy times, and no more than the database bears.",
    ),
    Mistake(
        LEAK,
        "Every event is remembered in the process for ever, so it grows until 200 MB are gone.",
        "POST /events",
        "Remember the last thousand events, or none: the table has them.",
    ),
    Mistake(
        CHATTY_JSON,
        "A category's feed repeats long field names and empty fields, and is sent without compression.",
        "GET /categories/{slug}/feed",
        "Send what is read, and compress answers that are longer than a packet.",
    ),
)
"""Those that are a branch in the shop's code; the application's options decide."""

MISTAKES: tuple[Mistake, ...] = INDEX_MISTAKES + CODE_MISTAKES

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
