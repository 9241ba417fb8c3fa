import pytest

from paceline.engine.control import thresholds
from paceline.observe import settings as observe_settings
from paceline.telemetry import settings as settings_

STARTED = settings_.TelemetrySettings()


def test_what_was_changed_live_holds():
    live = {"slow_statement_ms": 5, "objective_p95_ms": "50", "slow_log_size": 10, "error_status_from": 500}
    now = thresholds.current(STARTED, live)

    assert (now.slow_statement_ms, now.objective_p95_ms, now.slow_log_size, now.error_status_from) == (
        5.0,
        50.0,
        10,
        500,
    )
    assert now.slow_response_ms == STARTED.slow_response_ms


@pytest.mark.parametrize("value", [0, -1, "much", None, [], float("nan"), float("inf")])
def test_a_row_that_makes_no_sense_changes_nothing(value):
    assert thresholds.current(STARTED, {"slow_statement_ms": value, "unknown": 1}) == STARTED


@pytest.mark.parametrize(("value", "expected"), [(0.5, 0.5), (1, 1.0), (0, 0.8), (1.5, 0.8), ("x", 0.8)])
def test_the_memory_threshold_is_a_share(value, expected):
    started = observe_settings.ObserveSettings()
    assert thresholds.current(started, {"memory_threshold": value}).memory_threshold == expected
