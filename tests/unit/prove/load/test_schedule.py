import itertools
import math
import statistics

import pytest

from paceline import errors
from paceline.prove.load import schedule


def test_constant_arrivals_are_evenly_spaced_and_counted_by_rate_times_duration():
    offsets = schedule.constant(100, 3)

    assert len(offsets) == 300
    assert offsets[0] == 0.0
    assert offsets[-1] < 3
    assert all(math.isclose(b - a, 0.01, abs_tol=1e-9) for a, b in itertools.pairwise(offsets))


def test_constant_count_is_not_shaken_by_binary_fractions():
    assert len(schedule.constant(0.1, 30)) == 3
    assert len(schedule.constant(0.1, 1)) == 1
    assert len(schedule.constant(3, 1.1)) == 4


def test_poisson_arrivals_repeat_with_the_seed_and_differ_without():
    assert schedule.poisson(50, 4, seed=7) == schedule.poisson(50, 4, seed=7)
    assert schedule.poisson(50, 4, seed=7) != schedule.poisson(50, 4, seed=8)


def test_poisson_gaps_look_exponential():
    """Their mean is 1 / rate and so is their deviation; the count varies by its square root."""
    offsets = schedule.poisson(1_000, 20, seed=1)
    gaps = [b - a for a, b in itertools.pairwise(offsets)]

    assert abs(len(offsets) - 20_000) < 5 * math.sqrt(20_000)
    assert offsets[-1] < 20
    assert statistics.fmean(gaps) == pytest.approx(0.001, rel=0.03)
    assert statistics.stdev(gaps) == pytest.approx(0.001, rel=0.05)
    assert min(gaps) >= 0


@pytest.mark.parametrize(
    ("rate_per_s", "duration_s", "named"),
    [(0, 1, "rate"), (-1, 1, "rate"), (math.nan, 1, "rate"), (1, 0, "duration"), (1, math.inf, "duration")],
)
def test_what_is_not_a_positive_number_is_refused_by_name(rate_per_s, duration_s, named):
    with pytest.raises(errors.UsageError, match=named):
        schedule.constant(rate_per_s, duration_s)
    with pytest.raises(errors.UsageError, match=named):
        schedule.poisson(rate_per_s, duration_s, seed=1)


def test_more_than_five_million_arrivals_are_refused():
    with pytest.raises(errors.UsageError, match="above the bound of 5000000"):
        schedule.constant(1_000_000, 6)
    with pytest.raises(errors.UsageError, match="lower the rate"):
        schedule.poisson(1_000_000, 6, seed=1)
