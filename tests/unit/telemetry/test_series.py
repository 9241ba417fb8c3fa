"""A series keeps a few values raw and becomes a histogram when they grow many."""

from paceline.telemetry import series


def test_up_to_32_values_stay_raw():
    made = series.Series()
    for value in range(series.RAW_VALUES):
        made.record(value)
    assert made.values == list(range(32))
    assert made.expanded is None
    assert made.count == 32


def test_the_33rd_value_turns_the_series_into_a_histogram():
    made = series.Series()
    for value in range(40):
        made.record(value)
    assert len(made.values) < 32
    assert made.expanded is not None
    assert made.count == 40
    assert made.expand().sum == sum(range(40))


def test_expanding_twice_gives_the_same_histogram():
    made = series.Series()
    made.record(7)
    assert made.expand() is made.expand()
    assert made.expand().max == 7
