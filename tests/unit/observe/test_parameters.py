"""Examples of parameters say their types, or in short what they were, and call nothing of the application's."""

import datetime as dt
import decimal
import uuid

import pytest

from paceline.observe import parameters

SECRET = "canary7f3a"


class Loud:
    """A value that breaks whoever touches it."""

    def __repr__(self):
        raise AssertionError

    __str__ = __len__ = __iter__ = __repr__


LOUD = Loud()


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "None", "None"),
        (7, "int", "7"),
        (True, "bool", "True"),
        (1.5, "float", "1.5"),
        ("twelve chars", "str(12)", "'twelve chars'"),
        (b"abc", "bytes(3)", "b'abc'"),
        ([1, 2, 3], "list[int](3)", "[1, 2, 3]"),
        (["a", 1], "list(2)", "['a', 1]"),
        ([], "list(0)", "[]"),
        (list(range(9)), "list[int](9)", "[0, 1, 2, 3, 4, ...]"),
        (decimal.Decimal("1.20"), "Decimal", "1.20"),
        (dt.date(2026, 1, 31), "date", "2026-01-31"),
        (uuid.UUID(int=5), "UUID", "00000000-0000-0000-0000-000000000005"),
        ("x" * 500, "str(500)", f"'{'x' * 99}..."),
        ({"a": SECRET}, "dict", "dict"),
    ],
)
def test_a_value_is_told_by_its_type_and_on_demand_in_short(value, kind, shown):
    assert parameters.sample((value,), "types") == parameters.records.Sample((kind,), None)
    assert parameters.sample((value,), "values").values == (shown,)


@pytest.mark.parametrize(
    ("given", "types"),
    [
        ((1, "a"), ("int", "str(1)")),
        ({"id": 1, SECRET: "a"}, ("int", "str(1)")),
        ([(1, "a"), (2, "b")], ("int", "str(1)")),
        ([{"id": 1}], ("int",)),
        (([1, 2],), ("list[int](2)",)),
        (None, ()),
        (tuple(range(50)), ("int",) * 20),
    ],
)
def test_parameters_come_by_position_by_name_or_as_many_sets(given, types):
    assert parameters.sample(given, "types").types == types


def test_a_number_that_is_too_long_to_be_shown_is_not():
    assert parameters.sample((10**5_000,), "values").values == ("int",)


def test_a_value_of_the_applications_own_is_only_named():
    assert parameters.sample((LOUD, [LOUD]), "values").values == ("Loud", "[Loud]")
    assert parameters.sample((LOUD, [LOUD]), "types").types == ("Loud", "list[Loud](1)")
    assert parameters.sample(LOUD, "values").values == ()


def test_nothing_is_noted_when_off():
    assert parameters.sample((1,), "off") is None


def test_an_example_does_not_show_its_values_by_accident():
    assert SECRET not in repr(parameters.sample((SECRET,), "values"))
