"""What was folded travels without a digit lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.telemetry import histogram, series
from paceline.telemetry import records as r
from paceline.telemetry import window as windows
from paceline.telemetry.running import encoding, folding, limits


@given(st.lists(st.integers(0, 10**13), max_size=70))
def test_a_short_series_travels_as_its_histogram_would(values):
    """The short cut for few values and the long way must give the same bytes."""
    made, whole = series.Series(), histogram.Histogram()
    for value in values:
        made.record(value)
    whole.extend(values)
    assert encoding.tally(made) == windows.Tally.of(whole)


@pytest.mark.parametrize(
    ("status", "different", "label"),
    [(200, 1, "200"), (503, 16, "503"), (503, 17, "5xx"), (0, 1, "none"), (0, 99, "none"), (999, 17, "9xx")],
)
def test_status_codes_are_exact_until_they_are_many(status, different, label):
    assert encoding.status_label(status, different) == label


def test_many_status_codes_of_one_route_count_by_class():
    made = folding.Folding(limits.Limits(), "1")
    for status in range(200, 220):
        record = r.new(0, "GET")
        record[r.END], record[r.STATUS], record[r.ROUTE] = 5, status, "/a"
        made.fold([record])
    window = encoding.encode(made.take(), worker="1", start_ms=0, gauges={})
    assert window.counters[windows.STATUS, "GET", "/a", "ok", "2xx"] == 20


def test_gauges_own_cost_and_the_worker_come_with_it():
    level = {("memory.rss", "1"): windows.Gauge.of(5)}
    made = folding.Folding(limits.Limits(), "1")
    window = encoding.encode(made.take(), worker="1", start_ms=4_000, gauges=level, own_cost_ns=77)
    assert window == windows.Window("1", 4_000, counters={(windows.OWN_COST, "cpu"): 77}, gauges=level)
