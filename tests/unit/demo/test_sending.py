"""The shop's traffic as a scenario of the load generator."""

from __future__ import annotations

import pickle
from itertools import islice

from fastapi import FastAPI
from tests.fix_observed import serving

from paceline.demo import sending
from paceline.demo.population import Aisle, Population
from paceline.demo.traffic import mix

LITTLE = Population(
    products=100,
    customers=100,
    orders=300,
    notifications=100,
    for_sale=tuple(range(1, 91)),
    emails=("Only@example.com",),
    tokens=("only",),
    aisles=(Aisle("tea"),),
    tags=("rare",),
    attributes=(("color", "teal"),),
    unpaid_orders=(300,),
)


def test_what_visitors_ask_is_sent_as_it_is_and_counted_by_route():
    scenario = pickle.loads(pickle.dumps(sending.ShopScenario(1, LITTLE)))
    sent = list(islice(scenario.requests(), 2_000))
    asked = list(islice(mix.requests(1, LITTLE), 2_000))
    assert [(each.method, each.path, each.body, each.headers) for each in sent] == [
        (each.method, each.path, each.body, each.headers) for each in asked
    ]
    assert [each.label for each in sent] == [each.route for each in asked]
    patience = [each.abandon_after_s for each in sent]
    assert patience == [each.abandon_after_s for each in asked]
    assert any(patience)


def test_a_run_of_known_length_reports_and_ends_by_itself():
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    async def answer(path: str):
        return "yes"

    with serving(app) as port:
        customers = sending.Customers(f"http://127.0.0.1:{port}", LITTLE, rps=40, seconds=1)
        customers.start()
        report = customers.report(timeout_s=30)
        customers.stop()

    assert report["total"]["sent"] == report["total"]["completed"] > 10
    assert not customers.alive


def test_customers_that_are_told_to_stop_are_gone_and_report_nothing():
    customers = sending.Customers("http://127.0.0.1:9", LITTLE, rps=1)
    customers.start()
    assert customers.alive
    customers.stop()
    customers.stop()

    assert not customers.alive
    assert customers.report(timeout_s=1) is None
