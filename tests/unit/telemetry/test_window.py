"""The values a window is made of."""

import pytest

from paceline.telemetry import histogram, window


def test_a_tally_is_exact_beside_its_buckets():
    values = histogram.Histogram()
    values.extend([3, 1_000_000_007])
    tally = window.Tally.of(values)
    assert (tally.count, tally.sum, tally.max) == (2, 1_000_000_010, 1_000_000_007)
    assert histogram.decode(tally.encoded).count == 2


def test_a_gauge_keeps_its_extremes_and_its_mean():
    level = window.Gauge.of(2).then(window.Gauge.of(6)).then(window.Gauge.of(4))
    assert (level.last, level.min, level.max, level.mean) == (4, 2, 6, 4)
    assert window.Gauge(0, 0, 0, 0, 0).mean == 0


@pytest.mark.parametrize(("at", "start"), [(0, 0), (1_999, 0), (2_000, 2_000), (1_767_225_600_001, 1_767_225_600_000)])
def test_the_grid_is_two_seconds(at, start):
    assert window.grid(at) == start
    assert window.grid(start + 59_999, 60_000) % 60_000 == 0
