"""When requests are sent: arrival offsets, computed before the run and never changed by the server's answers.

This is the open model. Users do not wait for each other, so a slow server does not slow its arrivals down; a generator
that waits for an answer before it sends the next request hides every stall from its own percentiles.
"""

from __future__ import annotations

import math
import random
from array import array

from paceline import errors

MOST_ARRIVALS = 5_000_000
"""Bound of one schedule: 40 MB of offsets, and two minutes at the highest rate that one core sends (40 000/s)."""

_EXCUSED_ROUNDING = 1e-9


def constant(rate_per_s: float, duration_s: float) -> array[float]:
    """Return offsets in seconds of evenly spaced arrivals, the first one at 0.

    Raises:
        UsageError: Rate or duration is not a positive number, or they make more than `MOST_ARRIVALS`.
    """
    expected = _expected_arrivals(rate_per_s, duration_s)
    count = max(1, math.ceil(expected - _EXCUSED_ROUNDING))
    return array("d", (number / rate_per_s for number in range(count)))


def poisson(rate_per_s: float, duration_s: float, seed: int) -> array[float]:
    """Return offsets in seconds of independent arrivals (a Poisson process): what many unrelated users look like.

    Equal arguments give equal offsets, in every process and Python version. The number of arrivals is itself random:
    rate x duration, give or take its square root; a short run may even be empty.

    Raises:
        UsageError: Rate or duration is not a positive number, or they make more than `MOST_ARRIVALS`.
    """
    _expected_arrivals(rate_per_s, duration_s)
    uniform = random.Random(seed).random
    log = math.log
    offsets = array("d")
    append = offsets.append
    offset_s = 0.0
    while True:
        # Inverse transform by hand: random() is stable over Python versions, expovariate() is not promised to be.
        offset_s -= log(1.0 - uniform()) / rate_per_s
        if offset_s >= duration_s:
            return offsets
        append(offset_s)


def _expected_arrivals(rate_per_s: float, duration_s: float) -> float:
    for name, value in (("rate", rate_per_s), ("duration", duration_s)):
        if not (math.isfinite(value) and value > 0):
            raise errors.UsageError(f"{name} of a load run is {value}; give a number above 0")
    expected = rate_per_s * duration_s
    if expected > MOST_ARRIVALS:
        raise errors.UsageError(
            f"{rate_per_s:g} requests/s for {duration_s:g} s are {expected:.3g} requests, above the bound of "
            f"{MOST_ARRIVALS}; lower the rate or the duration"
        )
    return expected
