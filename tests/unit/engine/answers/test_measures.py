"""Numbers as people read them: exact where they can be, None where there is nothing, never a division by zero."""

import math

import pytest
from tests import fix_measurements as made

from paceline.engine.answers import measures
from paceline.telemetry import snapshot as snapshots

EMPTY = snapshots.Distribution()


def test_average_and_maximum_are_exact_and_percentiles_within_a_hundredth():
    found = measures.durations(made.distribution([float(value) for value in range(1, 1_001)]))

    assert (found.average_ms, found.max_ms) == (500.5, 1_000.0)
    assert found.p50_ms == pytest.approx(500, rel=0.01)
    assert found.p99_ms == pytest.approx(990, rel=0.01)


def test_of_nothing_there_is_no_average_but_there_is_a_share_and_a_rate():
    assert measures.durations(EMPTY) == measures.Durations(None, None, None, None, None)
    assert (measures.average_ms(EMPTY), measures.max_ms(EMPTY), measures.quantile_ms(EMPTY, 0.5)) == (None, None, None)
    assert (measures.percent(0, 0), measures.per_second(5, 0)) == (0.0, 0.0)


def test_what_took_longer_is_counted_by_the_threshold_of_today():
    values = made.distribution([10.0] * 5 + [300.0] * 2)

    assert [measures.count_over(values, threshold_ms) for threshold_ms in (5, 200, 400)] == [7, 2, 0]


def test_most_questions_decode_nothing():
    values = made.distribution([10.0])
    measures.count_over(values, 20)
    measures.average_ms(values)
    measures.max_ms(values)

    assert values._merged is None


def test_statements_side_by_side_have_at_most_all_of_the_waiting():
    assert measures.percent(3, 2) == 150.0
    assert measures.share_percent(3, 2) == 100.0


@pytest.mark.parametrize("reading", [None, math.nan, math.inf])
def test_a_reading_that_is_no_number_is_none(reading):
    assert measures.rounded(reading) is None


def test_together_is_the_distribution_of_all():
    parts = [made.distribution([1.0, 2.0]), made.distribution([9.0])]
    whole = measures.together(parts)

    assert (whole.count, whole.max, measures.average_ms(whole)) == (3, 9_000_000, 4.0)
    assert measures.together([]).count == 0
