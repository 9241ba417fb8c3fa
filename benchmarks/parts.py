"""The parts of the probe by themselves, in a hot loop: histogram, fingerprint, import."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import timeit
from typing import Any

from paceline.telemetry import fingerprint, histogram

STATEMENT = (
    "SELECT users.id AS users_id, users.name AS users_name, users.email FROM users "
    "LEFT OUTER JOIN orders ON orders.user_id = users.id "
    "WHERE users.email = $1::VARCHAR AND orders.status = 'open' ORDER BY users.id LIMIT $2"
)
QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


def run() -> dict[str, Any]:
    """Return the figures, by name."""
    dice = random.Random(7)
    values = [int(dice.lognormvariate(15, 1)) for _ in range(20_000)]
    kept = histogram.Histogram()

    def record() -> None:
        add = kept.record
        for value in values:
            add(value)

    def extend() -> None:
        histogram.Histogram().extend(values)

    encoded = histogram.encode(filled(values))
    return {
        "histogram record, ns": best(record, 5) / len(values),
        "histogram extend, ns a value": best(extend, 5) / len(values),
        "histogram decode, us": best(lambda: histogram.decode(encoded), 20) / 1_000,
        "histogram encoded, bytes": len(encoded),
        "worst quantile error p50 to p99.9, %": worst_error(values),
        "fingerprint of a new 215-character text, us": best(lambda: fingerprint.fingerprint(STATEMENT), 500) / 1_000,
        "import paceline and make Paceline(), ms": import_ms(),
    }


def filled(values: list[int]) -> histogram.Histogram:
    """Return a histogram of the values."""
    made = histogram.Histogram()
    made.extend(values)
    return made


def best(act: Any, number: int) -> float:
    """Return the best time of one call, nanoseconds."""
    return min(timeit.repeat(act, number=number, repeat=7)) / number * 1e9


def worst_error(values: list[int]) -> float:
    """Return the largest deviation of a quantile from the exact nearest rank, percent."""
    ordered = sorted(values)
    found = filled(values).quantiles(QUANTILES)
    exact = [ordered[max(1, -int(-q * len(ordered) // 1)) - 1] for q in QUANTILES]
    return max(abs(got - true) / true * 100 for got, true in zip(found, exact, strict=True))


def import_ms() -> float:
    """Return the median CPU of importing the probe in a fresh interpreter, above an empty one, milliseconds."""
    code = """
import time
began = time.process_time()
from paceline import Paceline
Paceline()
print(time.process_time() - began)
"""
    runs = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(7)]
    return statistics.median(runs) * 1_000
