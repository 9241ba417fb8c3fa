"""The customers of the demo: a process of its own that sends what the shop's traffic says."""

import itertools
import pickle

from fastapi import FastAPI
from tests.fix_observed import serving

from paceline.demo import population, sending, traffic

KNOWS = population.Population(
    products=50,
    customers=20,
    orders=30,
    emails=tuple(f"visitor{number}@example.com" for number in range(10)),
    aisles=(population.Aisle("tea", ("page=2&after=999-1",)),),
)


def test_every_request_is_counted_under_a_route_of_the_shop():
    labels = {f"{route.method} {route.template}" for route in traffic.ROUTES}
    made = itertools.islice(sending.ShopScenario(3, KNOWS).requests(), 3_000)

    assert {request.label for request in made} == labels


def test_a_path_without_parameters_goes_before_one_with():
    recent = traffic.ShopRequest("GET", "/orders/recent?limit=5")

    assert sending.label_of(recent) == "GET /orders/recent"
    assert sending.label_of(traffic.ShopRequest("GET", "/nowhere/at/all")) == "GET <other>"


def test_the_same_seed_sends_the_same_and_survives_the_way_into_another_process():
    there = pickle.loads(pickle.dumps(sending.ShopScenario(7, KNOWS)))  # as `spawn` hands it over
    here = sending.ShopScenario(7, KNOWS)

    assert [*itertools.islice(there.requests(), 200)] == [*itertools.islice(here.requests(), 200)]


def test_a_run_of_known_length_reports_and_ends_by_itself():
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    async def answer(path: str):
        return "yes"

    with serving(app) as port:
        customers = sending.Customers(f"http://127.0.0.1:{port}", KNOWS, rps=40, seconds=1)
        customers.start()
        report = customers.report(timeout_s=30)
        customers.stop()

    assert report["total"]["sent"] == report["total"]["completed"] > 10
    assert not customers.alive


def test_customers_that_are_told_to_stop_are_gone_and_report_nothing():
    customers = sending.Customers("http://127.0.0.1:9", KNOWS, rps=1)
    customers.start()
    assert customers.alive
    customers.stop()
    customers.stop()

    assert not customers.alive
    assert customers.report(timeout_s=1) is None
