"""A snapshot: windows merged over a time range and over processes. Every judge and every answer reads one.

Histograms stay encoded until somebody asks: a list sorts on count, sum and max and decodes only the rows it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from paceline.telemetry import histogram
from paceline.telemetry import window as windows


@dataclass(slots=True)
class Distribution:
    """All values of one key in the range: exact count, sum, max, and the encoded parts the buckets merge from.

    Mutable only while a reader adds parts; `histogram` merges them on first use and keeps the result.
    """

    count: int = 0
    sum: int = 0
    max: int = 0
    parts: list[bytes] = field(default_factory=list[bytes])
    _merged: histogram.Histogram | None = None

    def add(self, tally: windows.Tally) -> None:
        """Add one window's tally."""
        self.count += tally.count
        self.sum += tally.sum
        self.max = max(self.max, tally.max)
        self.parts.append(tally.encoded)
        self._merged = None

    def include(self, other: Distribution) -> None:
        """Add another distribution."""
        self.count += other.count
        self.sum += other.sum
        self.max = max(self.max, other.max)
        self.parts.extend(other.parts)
        self._merged = None

    @property
    def mean(self) -> float:
        """Return the exact mean; 0.0 when empty."""
        return self.sum / self.count if self.count else 0.0

    @property
    def histogram(self) -> histogram.Histogram:
        """Return the merged buckets."""
        if self._merged is None:
            self._merged = histogram.Histogram()
            for part in self.parts:
                histogram.merge_encoded(self._merged, part)
        return self._merged


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was measured from `since_ms` (inclusive) to `until_ms` (exclusive), UTC epoch milliseconds.

    `workers` are the processes that reported in the range. `resolution_ms` is the coarsest grid that was read.
    """

    since_ms: int
    until_ms: int
    workers: tuple[str, ...] = ()
    distributions: Mapping[windows.Key, Distribution] = field(default_factory=dict[windows.Key, Distribution])
    counters: Mapping[windows.Key, int] = field(default_factory=dict[windows.Key, int])
    gauges: Mapping[windows.Key, windows.Gauge] = field(default_factory=dict[windows.Key, windows.Gauge])
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    resolution_ms: int = windows.INTERVAL_MS

    def of_kind(self, kind: str) -> dict[windows.Key, Distribution]:
        """Return the distributions of one kind."""
        return {key: value for key, value in self.distributions.items() if key[0] == kind}

    def counters_of(self, kind: str) -> dict[windows.Key, int]:
        """Return the counters of one kind."""
        return {key: value for key, value in self.counters.items() if key[0] == kind}

    def gauges_of(self, kind: str) -> dict[windows.Key, windows.Gauge]:
        """Return the gauges of one kind."""
        return {key: value for key, value in self.gauges.items() if key[0] == kind}

    @property
    def seconds(self) -> float:
        """Return the length of the range."""
        return (self.until_ms - self.since_ms) / 1_000


def merged(parts: Iterable[Distribution]) -> Distribution:
    """Return one distribution of several."""
    whole = Distribution()
    for part in parts:
        whole.include(part)
    return whole


def grouped(
    distributions: Mapping[windows.Key, Distribution], by: Callable[[windows.Key], windows.Key]
) -> dict[windows.Key, Distribution]:
    """Return the distributions merged by a part of their keys."""
    groups: dict[windows.Key, Distribution] = {}
    for key, part in distributions.items():
        groups.setdefault(by(key), Distribution()).include(part)
    return groups
