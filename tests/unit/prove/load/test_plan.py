import pickle

import pytest

from paceline import errors
from paceline.prove.load import plan, scenario, schedule

STEPS = scenario.Cycle((scenario.Request("GET", "/"),))
ARRIVALS = schedule.constant(10, 1)


def test_defaults_are_256_connections_and_30_seconds():
    orders = plan.Plan(ARRIVALS, STEPS, "http://127.0.0.1:8000")

    assert (orders.connections, orders.timeout_s) == (256, 30.0)


def test_a_plan_travels_to_other_processes():
    orders = plan.Plan(ARRIVALS, STEPS, "http://127.0.0.1:8000", connections=8)

    assert pickle.loads(pickle.dumps(orders)) == orders


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"target": "http://example.org"}, "loopback only"),
        ({"connections": 0}, "0 connections"),
        ({"timeout_s": 0}, "timeout of a load run is 0 s"),
        ({"timeout_s": float("nan")}, "give a number above 0"),
    ],
)
def test_what_cannot_be_run_is_refused_when_it_is_planned(wrong, message):
    with pytest.raises(errors.UsageError, match=message):
        plan.Plan(**{"schedule": ARRIVALS, "scenario": STEPS, "target": "http://localhost", **wrong})
