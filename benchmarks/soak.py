"""`make soak`: what only many repetitions show. Exits 1 when something does not hold.

A million heaps of bytes must have a fingerprint, and memory must not grow once all keys are known: the slope over the
second half of the run, in bytes per 1 000 requests, has a confidence interval that contains 0 or lies below a byte.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import tempfile
import time

from paceline import Paceline
from paceline.observe import memory
from paceline.telemetry import fingerprint

SAMPLES = 40


def main() -> int:
    """Run both soaks and say what held."""
    parser = argparse.ArgumentParser(prog="make soak ARGS=...", description=__doc__)
    parser.add_argument("--requests", type=int, default=3_000_000)
    parser.add_argument("--texts", type=int, default=1_000_000)
    chosen = parser.parse_args()
    fuzz(chosen.texts)
    print(f"fingerprint: {chosen.texts} heaps of bytes, nothing raised")
    slope, half = growth(chosen.requests)
    holds = abs(slope) <= half or abs(slope) < 1
    print(f"memory: {slope:.1f} ± {half:.1f} bytes per 1 000 requests: {'holds' if holds else 'GROWS'}")
    return 0 if holds else 1


def fuzz(texts: int) -> None:
    """Normalise random bytes, and random SQL pieces; whatever raises ends the run."""
    dice = random.Random(1)
    pieces = [
        b"'",
        b'"',
        b"$$",
        b"$a$",
        b"/*",
        b"*/",
        b"--",
        b"in(",
        b"values(",
        b"E'",
        b"?",
        b"::",
        b" ",
        b"\x00",
        b"a1",
    ]
    for number in range(texts):
        if number % 2:
            data = dice.randbytes(dice.randrange(60))
        else:
            data = b"".join(dice.choices(pieces, k=dice.randrange(20)))
        fingerprint.fingerprint(data)


def growth(requests: int) -> tuple[float, float]:
    """Return the slope of the memory in bytes per 1 000 requests, and half the width of its 95 % interval."""
    pace = Paceline(store=f"sqlite:///{tempfile.mkdtemp()}/soak.db").start()
    recorder = pace.recorder
    points: list[tuple[float, float]] = []
    every = max(1, requests // SAMPLES)
    for number in range(requests):
        start = time.perf_counter_ns()
        timing = [start, start + 1_000_000 + number % 977 * 1_000, start + 900_000]
        record = [*timing, 200, 900, 0, 0, "GET", f"/route/{number % 200}", None, None]
        record += (f"SELECT a FROM t{number % 500} WHERE b = $1", start, start + 300_000)
        recorder.finish(record)
        if number % 100 == 99:
            time.sleep(0.001)
        if number % every == every - 1:
            points.append((number / 1_000, float(memory.resident_bytes() or 0)))
    pace.stop()
    return slope_of(points[len(points) // 2 :])


def slope_of(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the least-squares slope and half its 95 % interval."""
    xs, ys = zip(*points, strict=True)
    slope, intercept = statistics.linear_regression(xs, ys)
    residuals = [y - (slope * x + intercept) for x, y in points]
    spread = math.sqrt(sum(e * e for e in residuals) / max(1, len(points) - 2))
    width = math.sqrt(sum((x - statistics.fmean(xs)) ** 2 for x in xs))
    return slope, 2.1 * spread / width


if __name__ == "__main__":
    sys.exit(main())
