"""Adding up distributions on the wire: what roll-ups and late windows have in common."""

from __future__ import annotations

from collections.abc import Iterable

from paceline.telemetry import histogram

LARGEST = 2**63 - 1
"""Largest integer that SQLite keeps; larger ones are kept as this one, never refused."""

Slice = tuple[int, int, int, bytes | None]
"""(count, sum, max, buckets) of one key in one interval; a counter has its value as count and no buckets."""


def capped(value: int) -> int:
    """Return the integer, or the nearest one that SQLite can keep."""
    return max(-LARGEST, min(LARGEST, int(value)))


def merged(slices: Iterable[Slice]) -> Slice:
    """Return the sum of slices of one key."""
    count = total = most = 0
    parts: list[bytes] = []
    for one_count, one_sum, one_max, buckets in slices:
        count += one_count
        total += one_sum
        most = max(most, one_max)
        if buckets is not None:
            parts.append(buckets)
    return capped(count), capped(total), capped(most), _merged_buckets(parts)


def _merged_buckets(parts: list[bytes]) -> bytes | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    whole = histogram.Histogram()
    for part in parts:
        try:
            histogram.merge_encoded(whole, part)
        except ValueError:
            continue  # one unreadable part must not stop roll-ups for ever; its count, sum and maximum still stand
    return histogram.encode(whole)
