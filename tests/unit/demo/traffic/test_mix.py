"""The visitors of the shop, all together."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from itertools import islice

import pytest

from paceline.demo import partners
from paceline.demo.population import Aisle, Population
from paceline.demo.traffic import mix

POPULATION = Population(
    products=2_000,
    customers=1_000,
    orders=5_000,
    notifications=4_000,
    for_sale=tuple(range(1, 1_601)),
    emails=tuple(f"Visitor{number}@example.com" for number in range(200)),
    tokens=tuple(f"token-{number}" for number in range(100)),
    aisles=(Aisle("kitchen", ("page=2&after=999-1", "page=3&after=1999-2")), Aisle("garden"), Aisle("tea")),
    tags=("rare", "rarer"),
    attributes=(("color", "teal"), ("maker", "haas & sons")),
    unpaid_orders=(4_998, 4_999),
)
SENT = 60_000


@pytest.fixture(scope="module")
def visits():
    return list(islice(mix.requests(1, POPULATION), SENT))


def of(visits, route):
    return [request for request in visits if request.route == route]


def test_the_same_seed_gives_the_same_requests(visits):
    assert list(islice(mix.requests(1, POPULATION), 500)) == visits[:500]
    assert list(islice(mix.requests(2, POPULATION), 500)) != visits[:500]


def test_the_population_can_be_handed_to_another_process(visits):
    copied = pickle.loads(pickle.dumps(POPULATION))
    assert list(islice(mix.requests(1, copied), 100)) == visits[:100]


def test_a_thousand_visitors_are_told_apart_by_what_they_come_for():
    assert sum(journey.weight for journey in mix.JOURNEYS) == 1_000


def test_every_route_has_the_share_that_is_written_down(visits):
    assert 990 <= sum(mix.SHARES.values()) <= 1_010
    seen = Counter(request.route for request in visits)
    assert set(seen) == set(mix.SHARES)
    for route, share in mix.SHARES.items():
        assert 1_000 * seen[route] / SENT == pytest.approx(share, abs=0.8, rel=0.1)


def test_each_path_is_one_of_its_route(visits):
    for request in visits:
        method, template = request.route.split(" ")
        assert request.method == method
        assert re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/{}]+", template) + r"(\?.*)?", request.path)


def test_products_are_looked_at_as_unevenly_as_they_are_sold(visits):
    asked = Counter(request.path for request in of(visits, "GET /products/{product_id}"))
    hottest_tenth = sum(number for _, number in asked.most_common(POPULATION.products // 10))
    assert hottest_tenth > sum(asked.values()) / 2


def test_about_one_in_a_hundred_asks_for_what_is_not_there(visits):
    limits = {"/products/": POPULATION.products, "/orders/": POPULATION.orders, "/customers/": POPULATION.customers}
    missing = 0
    for request in visits:
        for prefix, limit in limits.items():
            found = re.match(rf"{prefix}(\d+)", request.path)
            missing += bool(found and int(found[1]) > limit)
    assert 0.003 < missing / SENT < 0.02


def test_a_few_posts_are_malformed_and_all_are_json(visits):
    posts = [request for request in visits if request.body is not None]
    bodies = [json.loads(request.body) for request in posts]
    malformed = sum(
        body == {}
        or body.get("quantity") == 0
        or body.get("kind") == "misread"
        or body.get("rating") == 9
        or body.get("country") == "Austria"
        or ("email" in body and "password" not in body)
        for body in bodies
    )
    assert 0.005 < malformed / len(posts) < 0.04
    assert all(("content-type", "application/json") in request.headers for request in posts)


def test_reads_have_no_body(visits):
    assert all(request.body is None for request in visits if request.method in {"GET", "DELETE"})


def test_who_checks_out_has_put_something_into_the_cart_before(visits):
    filled = set()
    bought = 0
    for request in visits:
        body = json.loads(request.body) if request.body else {}
        if request.route == "POST /cart/{customer_id}/items":
            filled.add(int(request.path.split("/")[2]))
        if request.route == "POST /checkout" and body:
            assert body["customer_id"] in filled
            bought += 1
    assert bought > 300


def test_later_pages_are_reached_by_the_links_of_the_shop(visits):
    asked = {request.path for request in visits if request.path.startswith("/categories/kitchen/products?page")}
    assert asked == {
        "/categories/kitchen/products?page=2&after=999-1",
        "/categories/kitchen/products?page=3&after=1999-2",
    }


def test_conditions_are_quoted(visits):
    assert "/products?attribute=maker%3Ahaas+%26+sons" in {request.path for request in of(visits, "GET /products")}


def test_who_looks_after_orders_is_signed_in_and_no_such_session_is_ended(visits):
    def tokens(route):
        return {dict(request.headers)["authorization"] for request in of(visits, route)}

    assert tokens("GET /me") == tokens("GET /me/orders") == tokens("GET /me") | {"Bearer expired-long-ago"}
    assert len(tokens("POST /logout")) == 10
    assert not tokens("POST /logout") & tokens("GET /me")


def test_nearly_all_payments_are_signed_by_the_provider_and_told_once(visits):
    told = of(visits, "POST /payments/webhook")
    signed = [dict(request.headers)["x-signature"] == partners.sign(request.body) for request in told]
    assert 0.9 < sum(signed) / len(told) < 1
    assert len({json.loads(request.body)["reference"] for request in told}) == len(told)


def test_no_later_run_registers_the_same_address():
    def addresses(population):
        made = islice(mix.requests(1, population), 5_000)
        return {json.loads(request.body)["email"] for request in made if request.route == "POST /register"}

    grown = Population(**{name: getattr(POPULATION, name) for name in Population.__slots__} | {"customers": 1_004})
    assert addresses(POPULATION)
    assert not addresses(POPULATION) & addresses(grown)


def test_a_few_readers_give_up_and_no_writer_does(visits):
    leaving = [request for request in visits if request.abandon_after_s is not None]
    assert 0.01 < len(leaving) / SENT < 0.04
    assert all(request.method == "GET" for request in leaving)
    assert all(0.05 < request.abandon_after_s <= 0.3 for request in leaving)
