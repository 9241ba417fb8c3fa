"""The visitors of the shop."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from itertools import islice

import pytest

from paceline.demo import traffic
from paceline.demo.population import Aisle, Population

POPULATION = Population(
    products=2_000,
    customers=1_000,
    orders=5_000,
    emails=tuple(f"Visitor{number}@example.com" for number in range(200)),
    aisles=(Aisle("kitchen", ("page=2&after=999-1", "page=3&after=1999-2")), Aisle("garden"), Aisle("tea")),
)
TEMPLATES = {
    (route.method, route.template): re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", route.template) + r"(\?.*)?")
    for route in traffic.ROUTES
}


@pytest.fixture(scope="module")
def visits():
    return list(islice(traffic.requests(1, POPULATION), 20_000))


def _route_of(request):
    # /orders/recent stands before /orders/{order_id}, here as in the shop.
    if request.path == "/orders/recent":
        return ("GET", "/orders/recent")
    return next(
        key for key, pattern in TEMPLATES.items() if key[0] == request.method and pattern.fullmatch(request.path)
    )


def test_the_same_seed_gives_the_same_requests(visits):
    assert list(islice(traffic.requests(1, POPULATION), 500)) == visits[:500]
    assert list(islice(traffic.requests(2, POPULATION), 500)) != visits[:500]


def test_the_population_can_be_handed_to_another_process(visits):
    copied = pickle.loads(pickle.dumps(POPULATION))
    assert list(islice(traffic.requests(1, copied), 100)) == visits[:100]


def test_the_weights_are_thousandths_and_are_kept(visits):
    assert sum(route.weight for route in traffic.ROUTES) == 1_000
    seen = Counter(map(_route_of, visits))
    for route in traffic.ROUTES:
        share = seen[route.method, route.template] / len(visits)
        assert share == pytest.approx(route.weight / 1_000, abs=0.012)


def test_products_are_asked_for_as_unevenly_as_they_are_sold(visits):
    asked = Counter(path for request in visits if (path := request.path).startswith("/products/"))
    hottest_tenth = sum(number for _, number in asked.most_common(POPULATION.products // 10))
    assert hottest_tenth > sum(asked.values()) / 2


def test_about_one_in_a_hundred_asks_for_what_is_not_there(visits):
    limits = {
        "/products/": POPULATION.products,
        "/reviews/": POPULATION.products,
        "/orders/": POPULATION.orders,
        "/customers/": POPULATION.customers,
    }
    missing = 0
    for request in visits:
        for prefix, limit in limits.items():
            found = re.match(rf"{prefix}(\d+)", request.path)
            missing += bool(found and int(found[1]) > limit)
    assert 0.003 < missing / len(visits) < 0.02


def test_a_few_posts_are_malformed_and_all_are_json(visits):
    posts = [request for request in visits if request.method == "POST"]
    bodies = [json.loads(request.body) for request in posts]
    malformed = sum(
        body == {} or body.get("quantity") == 0 or ("email" in body and "password" not in body) for body in bodies
    )
    assert 0 < malformed / len(posts) < 0.05
    assert all(("content-type", "application/json") in request.headers for request in posts)


def test_gets_have_no_body(visits):
    assert all(request.body is None for request in visits if request.method == "GET")


def test_who_checks_out_has_put_something_into_the_cart_before(visits):
    filled = set()
    for request in visits:
        body = json.loads(request.body) if request.body else {}
        if body.get("quantity"):
            filled.add(int(request.path.split("/")[2]))
        if request.path == "/checkout" and body:
            assert body["customer_id"] in filled
            filled.remove(body["customer_id"])


def test_later_pages_are_reached_by_the_links_of_the_shop(visits):
    asked = {request.path for request in visits if request.path.startswith("/categories/kitchen")}
    assert asked == {
        "/categories/kitchen/products",
        "/categories/kitchen/products?page=2&after=999-1",
        "/categories/kitchen/products?page=3&after=1999-2",
    }
