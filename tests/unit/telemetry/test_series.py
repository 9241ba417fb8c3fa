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


def test_series_add_up_raw_or_not():
    few, more, many = series.Series(), series.Series(), series.Series()
    for made, count in ((few, 3), (more, 30), (many, 100)):
        for value in range(count):
            made.record(value)
    few.include(more)
    assert (few.count, few.expanded is None) == (33, False)
    few.include(many)
    many.include(few)
    assert (few.count, many.count, many.expand().sum) == (133, 233, 2 * sum(range(100)) + sum(range(30)) + 3)


def test_expanding_twice_gives_the_same_histogram():
    made = series.Series()
    made.record(7)
    assert made.expand() is made.expand()
    assert made.expand().max == 7
