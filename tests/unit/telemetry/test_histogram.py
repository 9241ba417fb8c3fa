"""The histogram is within 1 % of the truth, merges by addition and survives the wire."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.telemetry import histogram

durations_ns = st.integers(0, 3_600 * 10**9)


def build(values):
    made = histogram.Histogram()
    made.extend(values)
    return made


@given(st.lists(durations_ns, min_size=1, max_size=300), st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0]))
def test_every_quantile_is_within_one_percent_of_the_nearest_rank(values, q):
    exact = sorted(values)[max(1, math.ceil(q * len(values))) - 1]
    assert build(values).quantile(q) == pytest.approx(exact, rel=0.01)


@given(st.lists(durations_ns), st.lists(durations_ns))
def test_merging_equals_recording_everything_into_one(left, right):
    merged = build(left)
    merged.merge(build(right))
    together = build(left + right)
    assert list(merged.buckets()) == list(together.buckets())
    assert (merged.count, merged.sum, merged.max) == (together.count, together.sum, together.max)


@given(st.lists(durations_ns))
def test_the_wire_form_gives_back_the_same_histogram(values):
    sent = build(values)
    received = histogram.decode(histogram.encode(sent))
    assert list(received.buckets()) == list(sent.buckets())
    assert (received.count, received.sum, received.max) == (sent.count, sent.sum, sent.max)


@given(st.lists(durations_ns), st.lists(durations_ns))
def test_an_encoded_histogram_merges_without_being_built(left, right):
    merged = build(left)
    histogram.merge_encoded(merged, histogram.encode(build(right)))
    assert list(merged.buckets()) == list(build(left + right).buckets())


@given(st.integers(0, histogram.LARGEST))
def test_a_bucket_is_at_most_one_64th_of_its_value_wide(value):
    assert abs(histogram.midpoint(histogram.index_of(value)) - value) <= max(0.0, value / 128)


@given(st.integers(-(10**18), -1))
def test_a_negative_duration_counts_as_zero(value):
    made = build([value])
    assert (made.count, made.sum, made.max, made.quantile(1.0)) == (1, 0, 0, 0.0)


def test_a_value_beyond_the_last_octave_counts_in_the_last_bucket():
    made = build([2**70, 5])
    assert made.count == 2
    assert made.quantile(1.0) == pytest.approx(histogram.LARGEST, rel=0.01)


def test_an_empty_histogram_answers_zero():
    empty = histogram.Histogram()
    assert (empty.count, empty.mean, empty.quantiles((0.5, 0.99))) == (0, 0.0, (0.0, 0.0))
    assert histogram.decode(histogram.encode(empty)).count == 0


def test_counts_above_a_threshold_follow_the_buckets():
    made = build([10, 100, 1_000, 10_000, 100_000])
    assert made.count_above(500) == 3
    assert made.count_above(0) == 5
    assert made.count_above(10**9) == 0


@pytest.mark.parametrize(
    "broken", [b"", b"\x01", b"\x01\x01\x01", b"\x80", histogram.encode_varints([0, 0, 4000, 1]), b"\x00\x00\x00\x01"]
)
def test_bytes_that_are_no_histogram_are_refused(broken):
    with pytest.raises(ValueError, match=r"not an encoded histogram|varint cut off"):
        histogram.decode(broken)


@given(st.lists(st.integers(0, 2**80)))
def test_varints_give_back_the_same_integers(numbers):
    assert histogram.decode_varints(histogram.encode_varints(numbers)) == numbers
