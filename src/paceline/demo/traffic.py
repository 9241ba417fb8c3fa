"""The visitors of the shop: which requests come, how often, with which parameters. Pure, and the same for a seed.

Customers and products are drawn from the same Zipf's law as the rows, so hot pages meet hot rows. About one request
in a hundred asks for what is not there, and a few are malformed, as everywhere on the internet.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from paceline.demo.data import skew, words

if TYPE_CHECKING:
    from paceline.demo.population import Population

_JSON = (("accept", "application/json"), ("content-type", "application/json"))
_GET = (("accept", "application/json"),)
_NOT_FOUND_RATIO = 0.015  # of requests that name a row, which are two thirds of all
_INVALID_RATIO = 0.02  # of posts
_WRONG_PASSWORD_RATIO = 0.03  # of sign-ins
_DEEP_PAGE_RATIO = 0.15  # of category pages: crawlers, and people who sort by price from the wrong end
_WAITING_CARTS = 500  # a cart that waits longer than this many others is forgotten


@dataclass(frozen=True, slots=True)
class ShopRequest:
    """One request as it goes over the wire; `path` has the query string, `host` is the sender's affair."""

    method: str
    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = _GET


@dataclass(slots=True)
class Visitors:
    """Those who send requests: their dice, what they know, and who of them has something in the cart."""

    dice: random.Random
    knows: Population
    filled_carts: list[int] = field(default_factory=list[int])

    def product(self) -> int:
        """Choose a product, seldom one that does not exist."""
        count = self.knows.products
        if self.dice.random() < _NOT_FOUND_RATIO:
            return count * 2 + self.dice.randrange(count)
        return skew.ranked_id(self.dice.random(), count, skew.PRODUCT_FLATNESS)

    def customer(self) -> int:
        """Choose a customer who exists."""
        return skew.ranked_id(self.dice.random(), self.knows.customers, skew.CUSTOMER_FLATNESS)

    def is_malformed(self) -> bool:
        """Tell whether the next post is one of the malformed ones."""
        return self.dice.random() < _INVALID_RATIO


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of request: its share of the traffic in thousandths, and how one is made."""

    method: str
    template: str
    weight: int
    build: Callable[[Visitors], ShopRequest]


def requests(seed: int, population: Population) -> Iterator[ShopRequest]:
    """Yield requests for ever; the same seed and population give the same requests.

    Args:
        seed: of the dice; give each worker of a load its own.
        population: what can be asked for; see `census.read_population`.
    """
    visitors = Visitors(random.Random(seed), population)
    ends = list(accumulate(route.weight for route in ROUTES))
    while True:
        (route,) = visitors.dice.choices(ROUTES, cum_weights=ends)
        yield route.build(visitors)


def _home(_visitors: Visitors) -> ShopRequest:
    return ShopRequest("GET", "/")


def _product(visitors: Visitors) -> ShopRequest:
    return ShopRequest("GET", f"/products/{visitors.product()}")


def _category(visitors: Visitors) -> ShopRequest:
    dice, aisles = visitors.dice, visitors.knows.aisles
    aisle = aisles[skew.rank(dice.random(), len(aisles), 5)]
    depth = dice.random() if dice.random() < _DEEP_PAGE_RATIO else dice.random() ** 4
    page = int(depth * (len(aisle.later_pages) + 1))
    query = f"?{aisle.later_pages[page - 1]}" if page else ""
    return ShopRequest("GET", f"/categories/{aisle.slug}/products{query}")


def _search(visitors: Visitors) -> ShopRequest:
    dice = visitors.dice
    shelf = dice.choice(words.SHELVES)
    wanted = [dice.choice(words.MATERIALS), dice.choice(shelf.things)]
    query = " ".join(wanted if dice.random() < 0.7 else wanted[1:]).lower()
    return ShopRequest("GET", f"/search?q={quote_plus(query)}")


def _login(visitors: Visitors) -> ShopRequest:
    dice, emails = visitors.dice, visitors.knows.emails
    if visitors.is_malformed():
        return _post("/login", {"email": "somebody"})
    email = emails[skew.rank(dice.random(), len(emails), skew.CUSTOMER_FLATNESS)]
    typed = email.lower() if dice.random() < 0.8 else email
    wrong = dice.random() < _WRONG_PASSWORD_RATIO
    return _post("/login", {"email": typed, "password": "forgotten" if wrong else words.SAMPLE_ENTRY_WORD})


def _orders_of_customer(visitors: Visitors) -> ShopRequest:
    customer = visitors.customer()
    if visitors.dice.random() < _NOT_FOUND_RATIO:
        customer += visitors.knows.customers * 2
    return ShopRequest("GET", f"/customers/{customer}/orders")


def _order(visitors: Visitors) -> ShopRequest:
    orders = visitors.knows.orders
    if visitors.dice.random() < _NOT_FOUND_RATIO:
        return ShopRequest("GET", f"/orders/{orders * 2 + visitors.dice.randrange(orders)}")
    # People look at what they bought lately.
    return ShopRequest("GET", f"/orders/{orders - int(orders * visitors.dice.random() ** 3)}")


def _recent(_visitors: Visitors) -> ShopRequest:
    return ShopRequest("GET", "/orders/recent")


def _add_to_cart(visitors: Visitors) -> ShopRequest:
    customer, product = visitors.customer(), visitors.product()
    if visitors.is_malformed():
        return _post(f"/cart/{customer}/items", {"product_id": product, "quantity": 0})
    if product <= visitors.knows.products:
        visitors.filled_carts.append(customer)
        del visitors.filled_carts[:-_WAITING_CARTS]
    quantity = 1 + int(3 * visitors.dice.random() ** 3)
    return _post(f"/cart/{customer}/items", {"product_id": product, "quantity": quantity})


def _checkout(visitors: Visitors) -> ShopRequest:
    """Buy what was put into a cart earlier; whoever finds none fills one first."""
    if visitors.is_malformed():
        return _post("/checkout", {})
    if not visitors.filled_carts:
        return _add_to_cart(visitors)
    carts = visitors.filled_carts
    customer = carts.pop(visitors.dice.randrange(len(carts)))
    # A checkout empties the whole cart, however often it was added to.
    visitors.filled_carts = [other for other in carts if other != customer]
    return _post("/checkout", {"customer_id": customer})


def _reviews(visitors: Visitors) -> ShopRequest:
    return ShopRequest("GET", f"/reviews/{visitors.product()}")


def _report(_visitors: Visitors) -> ShopRequest:
    return ShopRequest("GET", "/admin/report")


def _health(_visitors: Visitors) -> ShopRequest:
    return ShopRequest("GET", "/health")


def _post(path: str, content: dict[str, object]) -> ShopRequest:
    return ShopRequest("POST", path, json.dumps(content).encode(), _JSON)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", 180, _home),
    Route("GET", "/products/{product_id}", 220, _product),
    Route("GET", "/categories/{slug}/products", 150, _category),
    Route("GET", "/search", 90, _search),
    Route("POST", "/login", 50, _login),
    Route("GET", "/customers/{customer_id}/orders", 70, _orders_of_customer),
    Route("GET", "/orders/{order_id}", 60, _order),
    Route("GET", "/orders/recent", 30, _recent),
    Route("POST", "/cart/{customer_id}/items", 55, _add_to_cart),
    Route("POST", "/checkout", 20, _checkout),
    Route("GET", "/reviews/{product_id}", 60, _reviews),
    Route("GET", "/admin/report", 5, _report),
    Route("GET", "/health", 10, _health),
)
"""The mix, in thousandths of all requests."""
