"""Examples of a statement's parameters, from the memory of the process that answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from paceline.engine.answers import ranges
from paceline.telemetry import records


@dataclass(frozen=True, slots=True)
class ParameterSample:
    """The parameters of one slow execution, in order; at most 20, each cut after 100 characters."""

    at: str
    """RFC 3339."""
    types: tuple[str, ...]
    values: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParameterSamples:
    """At most three executions within the last 15 minutes, of the worker that answers; no other has them."""

    fingerprint: str
    worker: str | None
    mode: str
    """`statement_samples` as it is now: nothing is kept unless it is values."""
    samples: tuple[ParameterSample, ...]


def told(found: Sequence[tuple[int, records.Sample]], now_ms: int) -> tuple[ParameterSample, ...]:
    """Return examples (age in nanoseconds, example) as they are told, oldest first."""
    return tuple(
        ParameterSample(ranges.rfc3339(now_ms - age_ns // 1_000_000), one.types, one.values or ())
        for age_ns, one in found
    )
