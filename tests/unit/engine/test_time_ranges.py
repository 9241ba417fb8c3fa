import datetime as dt

import pytest
from tests import fix_measurements as made

from paceline import errors
from paceline.engine import time_ranges

NOW = made.NOW_MS


@pytest.mark.parametrize(
    ("since", "back_ms"),
    [("30s", 30_000), ("15m", 900_000), ("24h", 86_400_000), ("2d", 2 * 86_400_000), ("1w", 7 * 86_400_000)],
)
def test_a_span_counts_back_from_now(since, back_ms):
    assert NOW - back_ms == time_ranges.start_ms(since, NOW)


def test_a_moment_is_taken_with_its_offset():
    moment = dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC)

    assert int(moment.timestamp() * 1_000) == time_ranges.start_ms("2025-12-31T12:00:00Z", NOW)
    assert int(moment.timestamp() * 1_000) == time_ranges.start_ms("2025-12-31T14:00:00+02:00", NOW)
    assert int(moment.timestamp() * 1_000) == time_ranges.start_ms(str(int(moment.timestamp() * 1_000)), NOW)
    assert int(moment.timestamp() * 1_000) == time_ranges.start_ms(int(moment.timestamp() * 1_000), NOW)


@pytest.mark.parametrize(
    "since",
    [
        "",
        "h",
        "-1h",
        "1.5h",
        "0m",
        "1h30m",
        "yesterday",
        "9999999999d",
        "11y",
        "600w",
        "60",
        60,
        True,
        "\u0661h",
        "2025-12-31T12:00:00",
        "2025-12-31",
        "2099-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "x" * 10_000,
    ],
)
def test_everything_else_is_refused_in_one_line(since):
    with pytest.raises(errors.UsageError) as refused:
        time_ranges.start_ms(since, NOW)

    message = str(refused.value)
    assert "\n" not in message
    assert len(message) < 200
    assert "15m" in message
