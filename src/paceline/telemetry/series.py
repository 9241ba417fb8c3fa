"""A series: the values one key got in one window.

Most keys of a window get a handful of values, so a series keeps raw integers and sums them into a histogram only when
they grow many. The hot path appends to `values` directly; `settle`, called once per batch, keeps the list short.
"""

from __future__ import annotations

from collections.abc import Sequence

from paceline.telemetry import histogram

RAW_VALUES = 32
"""How many values a series keeps raw."""


class Series:
    """Values of one key: the latest ones raw in `values`, the earlier ones, if any, in `expanded`.

    `values` is one list for good: whoever appends to it may keep it at hand.
    """

    __slots__ = ("expanded", "values")

    def __init__(self) -> None:
        self.values: list[int] = []
        self.expanded: histogram.Histogram | None = None

    def record(self, value: int) -> None:
        """Keep one non-negative integer."""
        self.values.append(value)
        if len(self.values) > RAW_VALUES:
            self.expand()

    def settle(self) -> None:
        """Become a histogram if there are more than RAW_VALUES values."""
        if len(self.values) > RAW_VALUES:
            self.expand()

    def expand(self) -> histogram.Histogram:
        """Sum the raw values into the histogram and return it."""
        if self.expanded is None:
            self.expanded = histogram.Histogram()
        if self.values:
            self.expanded.extend(self.values)
            self.values.clear()
        return self.expanded

    def include(self, other: Series) -> None:
        """Add the values of another series; a few stay raw."""
        if other.expanded is not None:
            self.expand().merge(other.expand())
        else:
            self.values.extend(other.values)
            self.settle()

    @property
    def count(self) -> int:
        """Return how many values were kept."""
        return len(self.values) + (self.expanded.count if self.expanded is not None else 0)


def merged(parts: Sequence[Series]) -> Series:
    """Return several series as one; a single one as it is. The parts stay as they are."""
    if len(parts) == 1:
        return parts[0]
    whole = Series()
    if sum(len(part.values) for part in parts) <= RAW_VALUES and all(part.expanded is None for part in parts):
        for part in parts:
            whole.values += part.values
        return whole
    buckets = whole.expand()
    for part in parts:
        buckets.merge(part.expand())
    return whole
