"""What kind of memory growth this is, if any: the robust slope of a worker's readings over the range.

The slope is Theil and Sen's, the median over all pairs of points, so a spike or a collection does not bend it. The
first fifth of the readings is left out as warm-up. What grows besides resident memory tells where to look: small Python
objects (a leak of references), the C heap in use (buffers, large objects, extension modules), the reserved heap alone
(freed, not given back), or none of them (native code outside the allocator).
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

from paceline.telemetry import snapshot as snapshots

STEADY = "steady"
PYTHON_OBJECTS = "growing_python_objects"
HEAP = "growing_heap"
NATIVE = "growing_native"
RETAINED = "retained_by_allocator"
UNKNOWN = "unknown"
BY_SEVERITY = (PYTHON_OBJECTS, HEAP, NATIVE, RETAINED, STEADY, UNKNOWN)

_LEAST_MS = 10 * 60_000
"""Ten minutes of readings: shorter ranges show the warm-up, not a trend."""
_LEAST_POINTS = 8
_LEAST_BYTES = 10 * 1024 * 1024
_LEAST_SHARE = 0.05
"""Growth below 10 MB or 5 % of resident memory over the range is noise."""
_BLOCK_BYTES = 64
"""What a small Python object takes on average, for telling whether they explain the growth."""
_RETAINED_BYTES = 64 * 1024 * 1024
_RETAINED_SHARE = 0.25
"""Free heap above 64 MB and a quarter of resident memory is worth giving back."""


def classify(steps: Sequence[snapshots.Snapshot], worker: str) -> str:
    """Return the kind of growth of one worker; `unknown` for less than ten minutes of readings."""
    read = [step for step in steps if ("memory.rss", worker) in step.gauges]
    read = read[len(read) // 5 :]
    if len(read) < _LEAST_POINTS or read[-1].until_ms - read[0].since_ms < _LEAST_MS:
        return UNKNOWN
    resident = _series(read, "memory.rss", worker)
    grown = _grown(read, resident)
    if grown < max(_LEAST_BYTES, _LEAST_SHARE * resident[0]):
        return RETAINED if _retains(read[-1], worker) else STEADY
    if _grown(read, _series(read, "memory.allocated_blocks", worker)) * _BLOCK_BYTES >= grown / 2:
        return PYTHON_OBJECTS
    if _grown(read, _series(read, "memory.heap_used", worker)) >= grown / 2:
        return HEAP
    if _grown(read, _series(read, "memory.heap_reserved", worker)) >= grown / 2:
        return RETAINED
    return NATIVE


def worst(kinds: Sequence[str]) -> str:
    """Return the most serious of several."""
    return min(kinds, key=BY_SEVERITY.index, default=UNKNOWN)


def _series(read: Sequence[snapshots.Snapshot], name: str, worker: str) -> list[float]:
    gauges = [step.gauges.get((name, worker)) for step in read]
    known = [gauge.mean for gauge in gauges if gauge is not None]
    return known if len(known) == len(read) else []


def _grown(read: Sequence[snapshots.Snapshot], values: Sequence[float]) -> float:
    """Return the growth from the first to the last reading along the median slope; 0 without readings."""
    if not values:
        return 0.0
    points = list(zip((step.since_ms for step in read), values, strict=True))
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.combinations(points, 2)]
    return statistics.median(slopes) * (points[-1][0] - points[0][0])


def _retains(step: snapshots.Snapshot, worker: str) -> bool:
    levels = [step.gauges.get((name, worker)) for name in ("memory.heap_reserved", "memory.heap_used", "memory.rss")]
    reserved, used, resident = (None if level is None else level.last for level in levels)
    if reserved is None or used is None or resident is None:
        return False
    return reserved - used > max(_RETAINED_BYTES, _RETAINED_SHARE * resident)
