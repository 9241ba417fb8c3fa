"""Who comes how often, and the stream of requests that they make together.

Some dozens of visitors are in the shop at once. Each arrival is the next step of one of them, chosen by chance; who
has done the last step leaves, and somebody else comes in. So the steps of a visitor keep their order, and arrivals are
as independent as those of a real shop.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from paceline.demo.traffic import customers, staff
from paceline.demo.traffic.asking import ShopRequest
from paceline.demo.traffic.visitors import Visitors

if TYPE_CHECKING:
    from paceline.demo.population import Population

AT_ONCE = 40
"""Visitors in the shop at once: at 40 requests a second each of them does something about once a second."""

_IMPATIENT_RATIO = 0.03  # of reads: who gives up on a page that is not there soon; only slow pages lose anybody
_SHORTEST_PATIENCE_S, _LONGEST_PATIENCE_S = 0.06, 0.3


@dataclass(frozen=True, slots=True)
class Journey:
    """One way to use the shop, and how many of a thousand visitors come for it."""

    weight: int
    steps: Callable[[Visitors], Iterator[ShopRequest]]


JOURNEYS: tuple[Journey, ...] = (
    Journey(220, customers.looks_around),
    Journey(130, customers.searches),
    Journey(165, customers.comes_from_elsewhere),
    Journey(60, customers.buys),
    Journey(70, customers.signs_in),
    Journey(8, customers.registers),
    Journey(15, customers.writes_a_review),
    Journey(70, staff.answers_a_customer),
    Journey(75, staff.watches_orders),
    Journey(19, staff.reads_reports),
    Journey(10, staff.looks_through_products),
    Journey(4, staff.exports_orders),
    Journey(40, staff.sends_notifications),
    Journey(40, staff.tells_of_a_payment),
    Journey(34, staff.compares_prices),
    Journey(40, staff.probes),
)

SHARES: dict[str, float] = {
    "GET /products/{product_id}": 237,
    "GET /categories/{slug}/products": 86,
    "GET /": 82,
    "POST /events": 82,
    "GET /products/{product_id}/reviews": 75,
    "GET /suggest": 50,
    "GET /products/{product_id}/recommendations": 47,
    "GET /search": 33,
    "GET /products": 25,
    "POST /cart/{customer_id}/items": 25,
    "GET /orders/{order_id}": 22,
    "POST /login": 21,
    "POST /notifications/{notification_id}/sent": 21,
    "GET /orders/recent": 19,
    "GET /customers/{customer_id}/orders": 18,
    "GET /me": 18,
    "GET /orders/{order_id}/invoice": 18,
    "GET /cart/{customer_id}": 15.5,
    "GET /shipping/quote": 15.5,
    "GET /me/orders": 14.5,
    "GET /notifications/pending": 10.5,
    "GET /health": 10.5,
    "POST /payments/webhook": 10,
    "POST /checkout": 9.5,
    "GET /categories/{slug}/feed": 8.5,
    "POST /orders/{order_id}/pay": 4.5,
    "POST /products/{product_id}/reviews": 4,
    "POST /logout": 2.5,
    "GET /admin/products": 2.5,
    "POST /register": 2.5,
    "PATCH /cart/{customer_id}/items/{product_id}": 2,
    "DELETE /cart/{customer_id}/items/{product_id}": 1.5,
    "GET /admin/report": 1.5,
    "GET /admin/sales": 1,
    "GET /admin/customers/top": 1,
    "GET /admin/stock/low": 1,
    "GET /admin/orders/export": 1,
}
"""What comes of the journeys: every route with its share of the requests, in thousandths."""


def requests(seed: int, population: Population) -> Iterator[ShopRequest]:
    """Yield requests for ever; the same seed and population give the same requests.

    Args:
        seed: of the dice; give each worker of a load its own.
        population: what can be asked for; see `census.read_population`.
    """
    visitors = Visitors(random.Random(seed), population)
    ends = list(accumulate(journey.weight for journey in JOURNEYS))
    inside = [_somebody(visitors, ends) for _ in range(AT_ONCE)]
    while True:
        place = visitors.dice.randrange(AT_ONCE)
        step = next(inside[place], None)
        if step is None:
            inside[place] = _somebody(visitors, ends)
            continue
        yield _with_patience(visitors, step)


def _somebody(visitors: Visitors, ends: list[int]) -> Iterator[ShopRequest]:
    (journey,) = visitors.dice.choices(JOURNEYS, cum_weights=ends)
    return journey.steps(visitors)


def _with_patience(visitors: Visitors, step: ShopRequest) -> ShopRequest:
    if step.method != "GET" or not visitors.happens(_IMPATIENT_RATIO):
        return step
    return replace(step, abandon_after_s=visitors.dice.uniform(_SHORTEST_PATIENCE_S, _LONGEST_PATIENCE_S))
