"""ABBA blocks: the same work with and without, interleaved in one process, and a confidence interval of the difference.

Two processes that run identical code differ by up to 15 %, so no comparison between processes can see 5 us. Inside one
process a drift of the machine hits both sides of a block alike. CPU time of the whole process counts, so the flush
thread is in the figures.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Block = Callable[[], Awaitable[None]]
Turn = Callable[[], int]


@dataclass(frozen=True)
class Added:
    """CPU added per unit of work, nanoseconds, with a 95 % interval; `base` is the cost without."""

    mean_ns: float
    low_ns: float
    high_ns: float
    base_ns: float
    rounds: int

    def __str__(self) -> str:
        """Return one line for people."""
        return (
            f"{self.mean_ns / 1000:7.2f} us [{self.low_ns / 1000:.2f}, {self.high_ns / 1000:.2f}] "
            f"on {self.base_ns / 1000:.0f} us (x{1 + self.mean_ns / self.base_ns:.3f})"
        )

    def per(self, units: int) -> Added:
        """Return the same per unit, where one piece of work holds several."""
        return Added(self.mean_ns / units, self.low_ns / units, self.high_ns / units, self.base_ns, self.rounds)


async def added(without: Block, with_: Block, *, work_per_block: int, rounds: int) -> Added:
    """Return what `with_` costs above `without` per unit of work, over `rounds` ABBA rounds."""
    for block in (without, with_, without, with_):
        await block()
    gc.collect()
    pairs: list[tuple[int, int]] = []
    for number in range(rounds):
        spent = [0, 0]
        for which in order(number):
            began = time.process_time_ns()
            await (without, with_)[which]()
            spent[which] += time.process_time_ns() - began
        pairs.append((spent[0], spent[1]))
    return summed(pairs, work_per_block=work_per_block)


def turns(without: Turn, with_: Turn, *, rounds: int) -> list[tuple[int, int]]:
    """Return what ABBA rounds took, for blocks in other processes that say themselves what they took."""
    pairs: list[tuple[int, int]] = []
    for number in range(rounds):
        spent = [0, 0]
        for which in order(number):
            spent[which] += (without, with_)[which]()
        pairs.append((spent[0], spent[1]))
    return pairs


def order(number: int) -> tuple[int, int, int, int]:
    """Return who comes when in a round, 0 for without: each begins half of them."""
    return (0, 1, 1, 0) if number % 2 else (1, 0, 0, 1)


def summed(pairs: list[tuple[int, int]], *, work_per_block: int) -> Added:
    """Return what rounds of four blocks, as (without, with) nanoseconds, add up to."""
    differences = [(with_ - without) / (2 * work_per_block) for without, with_ in pairs]
    bases = [without / (2 * work_per_block) for without, _ in pairs]
    kept = trimmed(differences)
    mean = statistics.fmean(kept)
    half = 1.96 * statistics.stdev(differences_within(differences)) / math.sqrt(len(differences))
    return Added(mean, mean - half, mean + half, statistics.median(bases), len(pairs))


def trimmed(values: list[float], share: float = 0.1) -> list[float]:
    """Return the values without the lowest and highest tenth: blocks that another process disturbed."""
    ordered = sorted(values)
    cut = int(len(ordered) * share)
    return ordered[cut : len(ordered) - cut] if cut else ordered


def differences_within(values: list[float], share: float = 0.1) -> list[float]:
    """Return the values with both tails pulled in: the winsorised sample that a trimmed mean's error is made of."""
    kept = trimmed(values, share)
    low, high = kept[0], kept[-1]
    return [min(max(value, low), high) / (1 - 2 * share) for value in values]
