"""A series: the values one key got in one window.

Most keys of a window get a handful of values, so a series keeps the raw integers and becomes a histogram only at the
33rd. Whoever holds the hot path may append to `values` directly and call `expand` when it is full.
"""

from __future__ import annotations

from paceline.telemetry import histogram

RAW_VALUES = 32
"""How many values a series keeps before it becomes a histogram."""


class Series:
    """Values of one key; exactly one of `values` (at most RAW_VALUES, raw) and `expanded` is in use."""

    __slots__ = ("expanded", "values")

    def __init__(self) -> None:
        self.values: list[int] | None = []
        self.expanded: histogram.Histogram | None = None

    def record(self, value: int) -> None:
        """Keep one non-negative integer."""
        values = self.values
        if values is None:
            assert self.expanded is not None
            self.expanded.record(value)
            return
        values.append(value)
        if len(values) > RAW_VALUES:
            self.expand()

    def expand(self) -> histogram.Histogram:
        """Become a histogram (once) and return it."""
        if self.expanded is None:
            self.expanded = histogram.Histogram()
            self.expanded.extend(self.values or ())
            self.values = None
        return self.expanded

    @property
    def count(self) -> int:
        """Return how many values were kept."""
        return len(self.values) if self.values is not None else self.expand().count
