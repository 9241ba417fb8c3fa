"""A range comes back as one snapshot or as steps; both are the same numbers."""

import pytest
from tests.fix_link import T0, tally, write

from paceline import errors
from paceline.telemetry import window
from paceline.telemetry.store import interface
from paceline.telemetry.store.sqlite_rows import marks, reading

KEY = ("statement", "f1", "GET /a")
LEVEL = ("memory.rss", "w1")


@pytest.fixture
def filled(link):
    """Ten windows of two workers, one value each, with a level and a text."""
    for number in range(10):
        for worker in ("w1", "w2"):
            level = {("memory.rss", worker): window.Gauge.of(float(number))}
            write(
                link, T0 + number * 2_000, tallies={KEY: tally(number)}, gauges=level, worker=worker, texts={"f1": "a"}
            )
    return link


def wanted(since=0, until=20_000, **more):
    return interface.Range(T0 + since, T0 + until, **more)


def test_steps_add_up_to_the_whole(filled):
    whole, steps = reading.read(filled, wanted()), reading.steps(filled, wanted(), 4_000)
    assert [step.distributions[KEY].count for step in steps] == [4] * 5
    assert whole.distributions[KEY].count == 20
    assert whole.distributions[KEY].sum == sum(step.distributions[KEY].sum for step in steps) == 90
    assert [step.gauges[LEVEL].last for step in steps] == [1.0, 3.0, 5.0, 7.0, 9.0]
    assert (whole.gauges[LEVEL].last, whole.gauges[LEVEL].count) == (9.0, 10)
    assert whole.texts == steps[0].texts == {"f1": "a"}


def test_one_worker_is_told_apart(filled):
    found = reading.read(filled, wanted(worker="w2"))
    assert (found.workers, found.distributions[KEY].count) == (("w2",), 10)
    assert set(found.gauges) == {("memory.rss", "w2")}
    assert reading.read(filled, wanted(worker="nobody")).distributions == {}


def test_only_the_kinds_that_are_wanted_are_read(filled):
    found = reading.read(filled, wanted(kinds=("memory.rss",)))
    assert found.distributions == {}
    assert set(found.gauges) == {LEVEL, ("memory.rss", "w2")}
    assert found.workers == ("w1", "w2")


def test_steps_are_on_their_grid_and_empty_ones_are_there(filled):
    steps = reading.steps(filled, wanted(since=-3_000, until=24_001), 10_000)
    assert [(step.since_ms - T0, step.until_ms - T0) for step in steps] == [
        (-4_000, 6_000),
        (6_000, 16_000),
        (16_000, 26_000),
    ]
    assert [step.distributions[KEY].count for step in steps] == [6, 10, 4]
    minutes = reading.steps(filled, wanted(since=59_000, until=130_000), 60_000)
    assert [step.since_ms - T0 for step in minutes] == [0, 60_000, 120_000]
    assert minutes[1].distributions == {}


def test_too_many_steps_are_refused_with_a_way_out(filled):
    with pytest.raises(errors.UsageError, match="ask for longer steps or a shorter range"):
        reading.steps(filled, wanted(until=2_000 * (reading.MAX_STEPS + 1)), 2_000)


def test_a_range_without_length_is_an_empty_snapshot(filled):
    found = reading.read(filled, wanted(since=5_000, until=1_000))
    assert (found.since_ms, found.until_ms, found.distributions) == (T0 + 5_000, T0 + 5_000, {})


def test_keys_that_were_cleared_while_their_rows_are_still_there_are_not_seen(filled):
    filled.connection.execute("DELETE FROM key WHERE kind = 'statement'")
    marks.store(filled.connection, generation=1)
    assert reading.read(filled, wanted()).distributions == {}


def test_texts_by_name_or_all(filled):
    assert reading.texts(filled, None) == reading.texts(filled, ["f1", "f2"]) == {"f1": "a"}
    assert reading.texts(filled, []) == {}
