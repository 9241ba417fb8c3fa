"""Merging is addition, whatever the parts and in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from paceline.telemetry import histogram, snapshot, window


def tally(values):
    whole = histogram.Histogram()
    whole.extend(values)
    return window.Tally.of(whole)


@given(st.lists(st.lists(st.integers(0, 10**12), max_size=40), max_size=6))
def test_merged_parts_are_the_whole(parts):
    whole = [value for part in parts for value in part]
    found = snapshot.Distribution()
    for part in parts:
        found.add(tally(part))
    assert (found.count, found.sum, found.max) == (len(whole), sum(whole), max(whole, default=0))
    assert dict(found.histogram.buckets()) == dict(histogram.decode(tally(whole).encoded).buckets())
    assert found.mean == (sum(whole) / len(whole) if whole else 0)


def test_what_is_added_after_a_look_is_seen():
    found = snapshot.Distribution()
    found.add(tally([1]))
    assert found.histogram.count == 1
    found.include(snapshot.merged([found]))
    assert (found.histogram.count, found.count) == (2, 2)


def test_kinds_and_groups():
    keys = [("request", "GET", "/a", "ok"), ("request", "GET", "/a", "client_error"), ("request", "GET", "/b", "ok")]
    distributions = {}
    for key in keys:
        distributions[key] = snapshot.Distribution()
        distributions[key].add(tally([5]))
    view = snapshot.Snapshot(
        0, 4_000, (), distributions, {("folded", "x"): 1}, {("cpu", "1"): window.Gauge.of(1), ("rss", "1"): None}
    )
    grouped = snapshot.grouped(view.of_kind("request"), lambda key: key[1:3])
    assert {key: part.count for key, part in grouped.items()} == {("GET", "/a"): 2, ("GET", "/b"): 1}
    assert (view.of_kind("statement"), view.counters_of("folded"), view.seconds) == ({}, {("folded", "x"): 1}, 4)
    assert list(view.gauges_of("cpu")) == [("cpu", "1")]
