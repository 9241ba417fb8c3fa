"""Slices of one key add up; nothing that stands in a file stops the adding."""

from hypothesis import given
from hypothesis import strategies as st
from tests.fix_link import tally

from paceline.telemetry import histogram
from paceline.telemetry.store.sqlite_rows import merging


def slice_of(*values):
    made = tally(*values)
    return made.count, made.sum, made.max, made.encoded


@given(st.lists(st.lists(st.integers(0, 10**12), min_size=1, max_size=20), min_size=1, max_size=6))
def test_the_sum_of_the_parts_is_the_slice_of_all_values(parts):
    merged = merging.merged(slice_of(*values) for values in parts)
    assert merged == slice_of(*(value for values in parts for value in values))


def test_counters_have_no_buckets():
    assert merging.merged([(3, 0, 0, None), (4, 0, 0, None)]) == (7, 0, 0, None)


def test_one_part_keeps_its_bytes_as_they_are():
    assert merging.merged([slice_of(5)])[3] is not None
    assert merging.merged([(1, 2, 2, b"whatever")]) == (1, 2, 2, b"whatever")


def test_a_part_that_cannot_be_read_still_counts():
    """A roll-up that stopped at it would stop for ever."""
    count, total, most, buckets = merging.merged([slice_of(5, 6), (1, 9, 9, b"\xff\xff\xff")])
    assert (count, total, most) == (3, 20, 9)
    assert histogram.decode(buckets).count == 2


def test_what_sqlite_cannot_keep_becomes_the_largest_it_can():
    assert merging.merged([(2**63 - 1, 0, 0, None), (5, 0, 0, None)])[0] == merging.LARGEST
    assert merging.capped(-(2**70)) == -merging.LARGEST
