"""Log-linear histogram on integers: the one way paceline keeps a distribution.

A value `v` falls into an octave by `int.bit_length`, and each octave is cut into 64 equal sub-buckets, so a bucket
is at most 1/64 of its value wide and its midpoint at most 1/128 (0.78 %) off. Values below 128 are exact. Octaves
are rows of 64 counters, made when a value first falls into them: a route that answers in 2 to 8 ms costs three rows.
Count, sum and maximum are kept exactly beside the buckets. Merging is addition, so windows, processes and hosts
merge in any order to the same result.

On the wire: varints (LEB128) of sum, max, then pairs (gap to the previous used bucket, its count).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

SUB_BUCKETS = 64
_SUB_BITS = 6
_OCTAVES = 46
LARGEST = (1 << (_OCTAVES + _SUB_BITS - 1)) - 1
"""Largest value that keeps its bucket (26 days in nanoseconds); larger ones count in the last bucket."""

_Row = list[int]


class Histogram:
    """Counts of non-negative integers (usually nanoseconds) with a relative error of at most 1/128."""

    __slots__ = ("_rows", "count", "max", "sum")

    def __init__(self) -> None:
        self.count = 0
        self.sum = 0
        self.max = 0
        self._rows: list[_Row | None] = [None] * _OCTAVES

    def record(self, value: int) -> None:
        """Count one value; a negative one counts as 0 (a clock may step back, a duration may not)."""
        if value < 0:
            value = 0
        octave = value.bit_length() - _SUB_BITS
        if octave > 0:
            slot = (value >> (octave - 1)) & 63
        else:
            octave, slot = 0, value
        try:
            self._rows[octave][slot] += 1  # pyright: ignore[reportOptionalSubscript]  # mended below
        except (TypeError, IndexError):
            value = min(value, LARGEST)
            self.add_bucket(index_of(value), 1)
            self.count -= 1
        self.count += 1
        self.sum += value
        if value > self.max:
            self.max = value

    def extend(self, values: Sequence[int]) -> None:
        """Count many values: half the cost of `record` for each."""
        if not values:
            return
        least, most = min(values), max(values)
        if least < SUB_BUCKETS or most > LARGEST:
            for value in values:
                self.record(value)
            return
        rows = self._rows
        for octave in range(least.bit_length() - _SUB_BITS, most.bit_length() - _SUB_BITS + 1):
            if rows[octave] is None:
                rows[octave] = [0] * SUB_BUCKETS
        made = cast("list[_Row]", rows)
        for value in values:
            octave = value.bit_length() - _SUB_BITS
            made[octave][(value >> (octave - 1)) & 63] += 1
        self.count += len(values)
        self.sum += sum(values)
        self.max = max(self.max, most)

    def merge(self, other: Histogram) -> None:
        """Add the other's counts to this one; the other stays as it is."""
        for octave, theirs in enumerate(other._rows):
            if theirs is None:
                continue
            ours = self._rows[octave]
            if ours is None:
                self._rows[octave] = theirs.copy()
            else:
                self._rows[octave] = [a + b for a, b in zip(ours, theirs, strict=True)]
        self.count += other.count
        self.sum += other.sum
        self.max = max(self.max, other.max)

    def quantile(self, q: float) -> float:
        """Return the value below or at which a share `q` (0 to 1) of the values lies; 0.0 when empty.

        Nearest rank: the midpoint of the bucket that holds the ceil(q * count)-th smallest value, never above `max`.
        """
        return self.quantiles((q,))[0]

    def quantiles(self, qs: tuple[float, ...]) -> tuple[float, ...]:
        """Return several quantiles (ascending) in one pass over the buckets."""
        if not self.count:
            return (0.0,) * len(qs)
        ranks = [max(1, -int(-q * self.count // 1)) for q in qs]
        found: list[float] = []
        seen = 0
        for index, count in self.buckets():
            seen += count
            while len(found) < len(ranks) and seen >= ranks[len(found)]:
                found.append(min(midpoint(index), float(self.max)))
        found.extend([float(self.max)] * (len(ranks) - len(found)))
        return tuple(found)

    def count_above(self, threshold: int) -> int:
        """Return how many values are larger than `threshold`, by whole buckets (those whose midpoint is)."""
        return sum(count for index, count in self.buckets() if midpoint(index) > threshold)

    @property
    def mean(self) -> float:
        """Return the exact mean; 0.0 when empty."""
        return self.sum / self.count if self.count else 0.0

    def buckets(self) -> Iterator[tuple[int, int]]:
        """Yield (bucket index, count) of the used buckets, ascending."""
        for octave, row in enumerate(self._rows):
            if row is None:
                continue
            first = octave * SUB_BUCKETS
            for slot, count in enumerate(row):
                if count:
                    yield first + slot, count

    def add_bucket(self, index: int, count: int) -> None:
        """Add `count` values to the bucket of that index; `sum` and `max` are the caller's to set."""
        octave, slot = divmod(index, SUB_BUCKETS)
        row = self._rows[octave]
        if row is None:
            row = self._rows[octave] = [0] * SUB_BUCKETS
        row[slot] += count
        self.count += count


def index_of(value: int) -> int:
    """Return the index of the bucket that a value from 0 to LARGEST falls into."""
    octave = max(0, value.bit_length() - _SUB_BITS)
    slot = (value >> (octave - 1)) & 63 if octave else value
    return octave * SUB_BUCKETS + slot


def midpoint(index: int) -> float:
    """Return the middle of a bucket's integers."""
    octave, slot = divmod(index, SUB_BUCKETS)
    if octave == 0:
        return float(slot)
    width = 1 << (octave - 1)
    return (SUB_BUCKETS + slot) * width + (width - 1) / 2


def encode(histogram: Histogram) -> bytes:
    """Return the histogram as bytes: sum, max, then (gap, count) pairs, all varints."""
    numbers = [histogram.sum, histogram.max]
    previous = -1
    for index, count in histogram.buckets():
        numbers += (index - previous, count)
        previous = index
    return encode_varints(numbers)


def decode(data: bytes) -> Histogram:
    """Return the histogram that `encode` wrote; ValueError when the bytes are not one."""
    histogram = Histogram()
    merge_encoded(histogram, data)
    return histogram


def merge_encoded(into: Histogram, data: bytes) -> None:
    """Add an encoded histogram to `into` without building it first; ValueError when the bytes are not one."""
    numbers = decode_varints(data)
    if len(numbers) < 2 or len(numbers) % 2:
        message = f"not an encoded histogram: {len(numbers)} numbers in {len(data)} bytes"
        raise ValueError(message)
    index = -1
    for position in range(2, len(numbers), 2):
        index += numbers[position]
        if not 0 <= index < _OCTAVES * SUB_BUCKETS:
            message = f"not an encoded histogram: bucket {index} does not exist"
            raise ValueError(message)
        into.add_bucket(index, numbers[position + 1])
    into.sum += numbers[0]
    into.max = max(into.max, numbers[1])


def encode_varints(numbers: Iterable[int]) -> bytes:
    """Return non-negative integers as LEB128: seven bits a byte, least first, high bit = more to come."""
    out = bytearray()
    append = out.append
    for number in numbers:
        rest = number
        while rest > 127:
            append(rest & 127 | 128)
            rest >>= 7
        append(rest)
    return bytes(out)


def decode_varints(data: bytes) -> list[int]:
    """Return the integers that `encode_varints` wrote; ValueError when the last one is cut off."""
    numbers: list[int] = []
    number = shift = 0
    for byte in data:
        number |= (byte & 127) << shift
        if byte > 127:
            shift += 7
        else:
            numbers.append(number)
            number = shift = 0
    if shift:
        message = f"varint cut off at byte {len(data)}"
        raise ValueError(message)
    return numbers
