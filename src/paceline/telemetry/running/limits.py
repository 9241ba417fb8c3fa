"""Thresholds and caps of the probe, as the hot path reads them: integers, in nanoseconds and bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Limits:
    """Mutable on purpose: the thresholds follow live settings (`engine.control`) without a restart."""

    slow_statement_ns: int = 1_000_000_000
    slow_response_ns: int = 200_000_000
    excluded_routes: frozenset[str] = frozenset()
    statement_samples: str = "types"
    max_request_keys: int = 2_000
    max_statement_keys: int = 5_000
    max_window_bytes: int = 6_000_000
