"""The overview says what paceline itself costs, and where the figure comes from."""

import pytest
from tests import fix_measurements as made

from paceline.engine.answers import overview
from paceline.engine.answers.processes import workers
from paceline.telemetry import window as windows

OWN = (windows.OWN_COST, "cpu")
READINGS = {("memory.rss", "7"): windows.Gauge(1.0, 1.0, 1.0, 50.0, 50)}  # 50 flushes: the worker lived for 100 s


def priced(worker, request_ns, statement_ns):
    return workers.Introduction(worker, probe_ns_per_request=request_ns, probe_ns_per_statement=statement_ns)


def hour(**more):
    return made.snapshot({("GET", "/a", "ok"): [5.0] * 100}, {("f1", "GET /a"): [1.0] * 300}, **more)


def test_prices_are_the_mean_of_what_the_workers_measured():
    told = {"7": priced("7", 1_000.0, 100.0), "8": priced("8", 3_000.0, 300.0), "9": workers.Introduction("9")}
    cost = overview.cost(hour(counters={OWN: 500_000}), None, told)

    assert (cost.probe_ns_per_request, cost.probe_source) == (2_000 + 3 * 200, "measured_here")
    assert cost.measured_ns_per_request == 5_000
    assert cost.ns_per_request == 5_000 + 2_600


def test_without_a_workers_word_the_price_is_the_benchmarks_and_says_so():
    cost = overview.cost(hour(), None, {"7": workers.Introduction("7")})
    expected = overview.PROBE_NS_PER_REQUEST + 3 * overview.PROBE_NS_PER_STATEMENT

    assert (cost.probe_ns_per_request, cost.probe_source) == (expected, "benchmark")
    assert (cost.measured_ns_per_request, cost.ns_per_request, cost.cpu_percent) == (None, None, None)


def test_the_percentage_is_of_the_time_that_workers_lived_not_of_the_range():
    told = {"7": priced("7", 1_000.0, 0.0)}
    cost = overview.cost(hour(counters={OWN: 99_900_000}, gauges=READINGS), 3_600.0, told)

    assert cost.cpu_percent == pytest.approx((99_900_000 + 100 * 1_000) / 1e9 / 100 * 100)


def test_no_requests_have_no_price_each():
    cost = overview.cost(made.snapshot(counters={OWN: 100_000_000}, gauges=READINGS), None, {})

    assert (cost.ns_per_request, cost.probe_ns_per_request) == (None, None)
    assert cost.cpu_percent == 0.1
