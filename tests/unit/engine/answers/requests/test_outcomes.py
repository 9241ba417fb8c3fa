import pytest
from tests import fix_measurements as made

from paceline.engine.answers.requests import outcomes
from paceline.telemetry import window as windows
from paceline.telemetry.running import slots

EVERYTHING = {
    ("GET", "/a", slots.OK): [10.0] * 80,
    ("GET", "/a", slots.CLIENT_ERROR): [10.0] * 8,
    ("GET", "/a", slots.SERVER_ERROR): [10.0] * 4,
    ("GET", "/a", slots.BROKEN_AFTER_START): [10.0] * 2,
    ("GET", "/a", slots.ABORTED_BY_CLIENT): [10.0] * 3,
    ("GET", "/a", slots.LIMITED): [0.1] * 3,
}


def test_three_error_rates_stand_side_by_side():
    """Of 100 requests 8 fail by the client, 4 + 2 by the server; 3 aborted and 3 limited are no errors."""
    rates = outcomes.rates(made.snapshot(EVERYTHING), 400)

    assert rates == outcomes.Rates(14.0, 6.0, 8.0)


def test_the_lowest_status_that_is_an_error_is_a_setting():
    rates = outcomes.rates(made.snapshot(EVERYTHING), 500)

    assert rates.error_rate_percent == 6.0
    assert rates.client_error_rate_percent == 8.0


def test_a_server_error_without_a_status_is_an_error_and_a_stream_without_one_is_not():
    snapshot = made.snapshot(
        {("GET", "/a", slots.SERVER_ERROR): [1.0], ("WEBSOCKET", "/b", slots.OK): [1.0]},
        counters={
            (windows.STATUS, "GET", "/a", slots.SERVER_ERROR, "500"): 0,
            (windows.STATUS, "GET", "/a", slots.SERVER_ERROR, "none"): 1,
            (windows.STATUS, "WEBSOCKET", "/b", slots.OK, "200"): 0,
            (windows.STATUS, "WEBSOCKET", "/b", slots.OK, "none"): 1,
        },
    )

    assert outcomes.errors(snapshot, 400) == 1


def test_statuses_counted_by_class_count_with_their_class():
    key = ("GET", "/a", slots.CLIENT_ERROR)
    snapshot = made.snapshot(
        {key: [1.0] * 20}, counters={(windows.STATUS, *key, "404"): 0, (windows.STATUS, *key, "4xx"): 20}
    )

    assert outcomes.errors(snapshot, 400) == 20
    assert outcomes.errors(snapshot, 500) == 0


def test_all_six_outcomes_are_told_even_when_nothing_happened():
    assert outcomes.by_outcome(made.snapshot()) == dict.fromkeys(slots.OUTCOMES, 0)
    assert outcomes.rates(made.snapshot(), 400) == outcomes.Rates(0.0, 0.0, 0.0)


def test_apdex_counts_the_tolerated_half_and_errors_as_frustrated():
    """T = 100 ms: 6 satisfied, 2 tolerating, 1 frustrated by time, 1 fast error: (6 + 2 / 2) / 10."""
    snapshot = made.snapshot(
        {
            ("GET", "/a", slots.OK): [50.0] * 6 + [300.0, 390.0, 500.0],
            ("GET", "/a", slots.SERVER_ERROR): [1.0],
            ("GET", "/a", slots.LIMITED): [0.1] * 50,
        }
    )

    assert outcomes.apdex(snapshot, lambda *_: 100.0) == 0.7


@pytest.mark.parametrize("requests", [{}, {("GET", "/a", slots.LIMITED): [0.1]}])
def test_apdex_without_samples_is_none(requests):
    assert outcomes.apdex(made.snapshot(requests), lambda *_: 100.0) is None
