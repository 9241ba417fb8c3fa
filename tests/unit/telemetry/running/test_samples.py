"""Three examples of each statement within a quarter of an hour; older ones are forgotten, not merely hidden."""

from paceline.telemetry import records
from paceline.telemetry.running import samples

MINUTE_NS = 60 * 1_000_000_000


def example(value="1"):
    return records.Sample(("int",), (value,))


def test_three_are_kept_and_a_fourth_is_not():
    made = samples.Samples()
    assert [made.keep("f", example(str(n)), n) for n in range(4)] == [True, True, True, False]
    assert made.keep("g", example(), 5)
    assert [one.values for _, one in made.of("f", 6)] == [("0",), ("1",), ("2",)]


def test_a_quarter_of_an_hour_later_they_are_gone_and_others_may_come():
    made = samples.Samples()
    for minute in (0, 5, 10):
        made.keep("f", example(str(minute)), minute * MINUTE_NS)
    assert [one.values for _, one in made.of("f", 16 * MINUTE_NS)] == [("5",), ("10",)]
    assert made.keep("f", example("16"), 16 * MINUTE_NS)
    made.forget_old(32 * MINUTE_NS)
    assert made._kept == {}


def test_types_alone_are_counted_and_not_told():
    made = samples.Samples()
    made.keep("f", records.Sample(("int",)), 1)
    assert made.of("f", 2) == []


def test_statements_with_examples_are_bounded():
    made = samples.Samples()
    for number in range(samples.MAX_STATEMENTS):
        assert made.keep(str(number), example(), 1)
    assert not made.keep("one more", example(), 2)
    assert made.keep("one more", example(), 2 + samples.KEPT_NS)
