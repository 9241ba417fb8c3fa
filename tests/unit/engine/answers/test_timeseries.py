"""A metric in equal steps: a step the store can tell apart, a value with its n, None where nothing was measured."""

import pytest
from tests import fix_measurements as made

from paceline import errors
from paceline.engine.answers import timeseries
from paceline.telemetry import settings as settings_
from paceline.telemetry import window as windows
from paceline.telemetry.store import retention

HOUR = 3_600_000
SETTINGS = settings_.TelemetrySettings()


def step(number, requests=None, statements=None, **more):
    since = made.NOW_MS + number * 60_000
    return made.snapshot(requests, statements, since_ms=since, until_ms=since + 60_000, **more)


def values(steps, metric, **more):
    return [(point.value, point.n) for point in timeseries.series(steps, SETTINGS, metric=metric, **more).points]


@pytest.mark.parametrize(
    ("range_ms", "expected_s"), [(60_000, 2), (HOUR, 60), (6 * HOUR, 300), (24 * HOUR, 900), (30 * 24 * HOUR, 21_600)]
)
def test_about_120_points_by_default(range_ms, expected_s):
    assert timeseries.step_ms(None, range_ms, retention.DEFAULT) == expected_s * 1_000


def test_no_default_step_is_finer_than_what_is_still_kept():
    short = retention.Retention(fine_ms=2 * 60_000, minute_ms=2 * HOUR)
    assert timeseries.step_ms(None, 3 * 60_000, short) == 60_000
    assert timeseries.step_ms(None, 3 * HOUR, short) == 3_600_000


def test_a_step_that_cannot_be_is_refused_with_the_reason():
    with pytest.raises(errors.UsageError, match="the finest grid is 2 s"):
        timeseries.step_ms(1.9, HOUR, retention.DEFAULT)
    with pytest.raises(errors.UsageError, match="more than 1000 points"):
        timeseries.step_ms(2, HOUR, retention.DEFAULT)
    assert timeseries.step_ms(3.6, HOUR, retention.DEFAULT) == 3_600


def test_counts_are_zero_where_nothing_ran_and_averages_none():
    steps = [step(0, {("GET", "/a", "ok"): [10.0, 30.0]}), step(1)]

    assert values(steps, "requests") == [(2, 2), (0, 0)]
    assert values(steps, "request_average_ms") == [(20.0, 2), (None, 0)]
    assert values(steps, "waiting_seconds") == [(0.04, 2), (0.0, 0)]


def test_errors_are_those_of_the_setting():
    steps = [step(0, {("GET", "/a", "ok"): [1.0] * 3, ("GET", "/a", "client_error"): [1.0]}), step(1)]

    assert values(steps, "errors") == [(1, 4), (0, 0)]
    assert values(steps, "error_rate_percent") == [(25.0, 4), (None, 0)]


def test_a_route_may_be_named_with_its_method_or_without():
    steps = [
        step(
            0,
            {("GET", "/a", "ok"): [1.0], ("POST", "/a", "ok"): [1.0] * 2, ("GET", "/b", "ok"): [1.0]},
            {("f1", "GET /a"): [1.0], ("f1", "POST /a"): [1.0] * 4},
        )
    ]

    assert values(steps, "requests", route="/a") == [(3, 3)]
    assert values(steps, "requests", route="POST /a") == [(2, 2)]
    assert values(steps, "statements", route="POST /a") == [(4, 4)]
    assert values(steps, "statements", route="/a") == [(5, 5)]


def test_levels_are_summed_over_workers_or_are_the_worst_of_them():
    levels = {
        (kind, worker): windows.Gauge.of(level)
        for kind, by_worker in {"memory.rss": (100.0, 300.0), "memory.usage_ratio": (0.2, 0.5)}.items()
        for worker, level in zip(("7", "8"), by_worker, strict=True)
    }
    steps = [step(0, gauges=levels), step(1)]

    assert values(steps, "memory_rss_bytes") == [(400, 2), (None, 0)]
    assert values(steps, "memory_usage_percent") == [(50.0, 2), (None, 0)]


def test_a_level_is_of_a_process_and_not_of_a_route():
    with pytest.raises(errors.UsageError, match="leave route out"):
        timeseries.choose("cpu_percent", "/a")
    with pytest.raises(errors.UsageError, match="metric"):
        timeseries.choose("nonsense", None)
