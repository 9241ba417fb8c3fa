"""Numbers as people read them."""

import math

import pytest

from paceline.telemetry import units


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (1536, "1.5 KB"),
        (87_241_523, "83.2 MB"),
        (1024**2 - 1, "1.0 MB"),
        (5 * 1024**3, "5.0 GB"),
        (3 * 1024**4, "3.0 TB"),
        (4_096 * 1024**6, "4096.0 EB"),
        (-1536, "-1.5 KB"),
    ],
)
def test_bytes_are_shown_in_steps_of_1024(count, shown):
    assert units.formatted_bytes(count) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (0.0, "0.00 ms"),
        (0.42, "0.42 ms"),
        (0.996, "1.0 ms"),
        (4.2, "4.2 ms"),
        (9.96, "10 ms"),
        (842.3, "842 ms"),
        (999.6, "1.0 s"),
        (1_500.0, "1.5 s"),
        (59_960.0, "1 min 0 s"),
        (125_000.0, "2 min 5 s"),
        (3_599_600.0, "1 h 0 min"),
        (4_320_000.0, "1 h 12 min"),
        (-4.2, "-4.2 ms"),
        (math.nan, "-"),
        (math.inf, "-"),
    ],
)
def test_durations_are_shown_in_the_unit_that_fits(ms, shown):
    assert units.formatted_ms(ms) == shown
