"""A window: what one process measured in one short interval, ready to be stored or merged.

Everything stands under a key: its kind, then its labels, in the order of the tables below. Histograms travel encoded
with count, sum and maximum beside them, so that lists sort and sums add without decoding anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from paceline.telemetry import histogram, traces

Key = tuple[str, ...]
"""(kind, label, label, ...)."""

INTERVAL_MS = 2_000
"""Length of a window and of the finest grid in the store."""

OTHER = "<other>"
"""Label that stands for everything beyond a cap; folded keys are counted under ("folded", what)."""

BACKGROUND = "<background>"
"""Route of statements that ran outside any request."""

# Distributions in nanoseconds.
REQUEST = "request"  # method, route, outcome: arrival to last body byte
FIRST_BYTE = "request.first_byte"  # method, route, outcome
STATEMENT = "statement"  # fingerprint, route

# Counters.
STATUS = "request.status"  # method, route, outcome, status code (or class, "5xx")
BYTES_IN = "request.bytes_in"  # method, route, outcome
BYTES_OUT = "request.bytes_out"  # method, route, outcome
STATEMENT_ERRORS = "statement.errors"  # fingerprint, route
FOLDED = "folded"  # what: values that went to OTHER because a cap was reached
DROPPED = "dropped"  # what: values that were lost, and not silently
OWN_COST = "own_cost"  # what: nanoseconds that paceline itself spent

# Gauges end with the worker as their last label, see `observe`.


@dataclass(frozen=True, slots=True)
class Tally:
    """A distribution on the wire: exact count, sum and max, and the buckets as `histogram.encode` writes them."""

    count: int
    sum: int
    max: int
    encoded: bytes

    @classmethod
    def of(cls, values: histogram.Histogram) -> Tally:
        """Return the tally of a histogram."""
        return cls(values.count, values.sum, values.max, histogram.encode(values))


@dataclass(frozen=True, slots=True)
class Gauge:
    """A level over an interval: its last, smallest and largest value, and what its mean is made of."""

    last: float
    min: float
    max: float
    sum: float
    count: int

    @classmethod
    def of(cls, value: float) -> Gauge:
        """Return the gauge of one reading."""
        return cls(value, value, value, value, 1)

    def then(self, later: Gauge) -> Gauge:
        """Return this gauge followed by a later one."""
        return Gauge(
            later.last,
            min(self.min, later.min),
            max(self.max, later.max),
            self.sum + later.sum,
            self.count + later.count,
        )

    @property
    def mean(self) -> float:
        """Return the mean of the readings."""
        return self.sum / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once. `body` is JSON-able, holds no literal, path or message of the application."""

    kind: str
    at_ms: int
    body: Mapping[str, object]


SLOW_STATEMENT = "slow_statement"
SLOW_RESPONSE = "slow_response"
WARNING = "warning"
WORKER = "worker"
"""A process tells what does not change about it."""
WORKER_LEFT = "worker_left"
"""A process says in its last window that it leaves; one that is killed cannot."""


@dataclass(frozen=True, slots=True)
class Window:
    """Measurements of one process over one interval; `start_ms` is UTC epoch milliseconds on the 2 s grid."""

    worker: str
    start_ms: int
    tallies: Mapping[Key, Tally] = field(default_factory=dict[Key, Tally])
    counters: Mapping[Key, int] = field(default_factory=dict[Key, int])
    gauges: Mapping[Key, Gauge] = field(default_factory=dict[Key, Gauge])
    events: tuple[Event, ...] = ()
    traces: tuple[traces.Trace, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Normalised statement text by fingerprint, for fingerprints first seen in this window."""


def grid(at_ms: int, step_ms: int = INTERVAL_MS) -> int:
    """Return the start of the interval that holds `at_ms`."""
    return at_ms - at_ms % step_ms
