"""A link to an empty SQLite store in memory, for what runs below the store's own methods."""

import pytest

from paceline.telemetry import histogram, window
from paceline.telemetry.store.sqlite_file import sources
from paceline.telemetry.store.sqlite_rows import writing

T0 = 1_767_225_600_000
"""A whole hour, in UTC epoch milliseconds."""


def tally(*values):
    """Return the tally of some values."""
    whole = histogram.Histogram()
    whole.extend(values)
    return window.Tally.of(whole)


def write(link, at_ms, *, tallies=None, counters=None, gauges=None, worker="w1", **more):
    """Write one window."""
    part = window.Window(worker, at_ms, tallies or {}, counters or {}, gauges or {}, **more)
    writing.write(link, part, events=100)


def rows(link, query, *values):
    """Return what a query finds."""
    return link.connection.execute(query, values).fetchall()


@pytest.fixture
def link():
    """A link with the tables made."""
    source = sources.MemorySource(None)
    with source.use() as made:
        yield made
    source.close()
