"""Thresholds as they are now: the settings this process was started with, under those that were changed live.

A live setting is a row in the store, so every process judges alike, also one that only reads.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from paceline import errors
from paceline import settings as loader
from paceline.observe import settings as observe_settings
from paceline.telemetry import settings as settings_

_LIVE: Mapping[str, type] = {
    "slow_statement_ms": float,
    "slow_response_ms": float,
    "slow_log_size": int,
    "objective_p95_ms": float,
    "error_status_from": int,
}


def current(started: settings_.TelemetrySettings, live: Mapping[str, object]) -> settings_.TelemetrySettings:
    """Return the settings with what was changed live; a row that makes no sense changes nothing."""
    rules = {field.name: field.metadata for field in dataclasses.fields(started)}
    changed: dict[str, Any] = {}
    for name, kind in _LIVE.items():
        if name in live:
            value = _checked(name, live[name], kind, rules[name])
            changed.update({} if value is None else {name: value})
    return dataclasses.replace(started, **changed) if changed else started


def memory_ratio(started: float, live: Mapping[str, object]) -> float:
    """Return the share of the memory limit that is worth a warning."""
    if "memory_threshold" not in live:
        return started
    rules = observe_settings.ObserveSettings.__dataclass_fields__["memory_threshold"].metadata
    value = _checked("memory_threshold", live["memory_threshold"], float, rules)
    return float(value) if isinstance(value, float) and math.isfinite(value) else started


def _checked(name: str, raw: object, kind: type, rules: Mapping[str, Any]) -> object:
    try:
        return loader.checked(name, raw, kind, rules)
    except errors.SettingsError:
        return None
