"""Settings of the telemetry room; defaults are pinned by a test and explained in docs/reference/settings.md."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from paceline import settings as loader
from paceline.telemetry.store import retention as retentions


def _rule(**rules: object) -> dict[str, object]:
    return rules


def _retention(raw: object) -> retentions.Retention:
    return raw if isinstance(raw, retentions.Retention) else retentions.Retention.parse(str(raw))


LONGEST_MS = 86_400_000
"""A day: a longer threshold is a slip of the pen."""
MAX_OBJECTIVES = 1_000
_ENDPOINT = re.compile(r"[A-Z]{1,20} /\S{0,500}")
_WRITE_OBJECTIVES = 'write it like {"GET /orders/{order_id}" = 250}, as JSON in the environment'


def _objectives(raw: object) -> Mapping[str, float]:
    """Return milliseconds by endpoint; ValueError says what is wrong."""
    found: object = json.loads(raw or "{}") if isinstance(raw, str) else raw
    if not isinstance(found, Mapping):
        raise TypeError(_WRITE_OBJECTIVES)
    table = cast("Mapping[object, object]", found)
    if len(table) > MAX_OBJECTIVES:
        message = f"{len(table)} endpoints are more than {MAX_OBJECTIVES}"
        raise ValueError(message)
    return {_endpoint(name): _objective_ms(value) for name, value in table.items()}


def _endpoint(name: object) -> str:
    if not isinstance(name, str) or _ENDPOINT.fullmatch(name) is None:
        message = f"{name!r:.60} is no method and route template; {_WRITE_OBJECTIVES}"
        raise ValueError(message)
    return name


def _objective_ms(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{value!r:.60} is not a number of milliseconds"
        raise TypeError(message)
    if not 0 < value <= LONGEST_MS:
        message = f"{value!r:.60} ms is not above 0 and at most {LONGEST_MS}"
        raise ValueError(message)
    return float(value)


def _timezone(raw: object) -> str:
    """Return an IANA name that this machine knows; ValueError for any other."""
    import zoneinfo  # a tenth of the whole probe's import, for a setting that few services have

    try:
        return zoneinfo.ZoneInfo(str(raw)).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        message = (
            f"{raw!r:.60} is no time zone of the IANA database, as Europe/Berlin is; "
            "without tz data on the machine: pip install tzdata"
        )
        raise ValueError(message) from None


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """What is measured, what counts as slow, what is kept and where."""

    slow_statement_ms: float = field(default=1_000.0, metadata=_rule(above=0, at_most=LONGEST_MS, live=True))
    """A statement that takes longer is slow (milliseconds, live)."""
    slow_response_ms: float = field(default=200.0, metadata=_rule(above=0, at_most=LONGEST_MS, live=True))
    """A response that takes longer is slow (milliseconds, live)."""
    slow_log_size: int = field(default=1_000, metadata=_rule(at_least=0, at_most=100_000, live=True))
    """Slow statements, and slow responses, kept as single events (live)."""
    objective_p95_ms: float = field(default=100.0, metadata=_rule(above=0, at_most=LONGEST_MS, live=True))
    """A request that takes longer is over its objective; the objective itself is judged at p95 (milliseconds, live)."""
    objectives: Mapping[str, float] = field(
        default_factory=dict[str, float], metadata=_rule(parse=_objectives, live=True)
    )
    """Objectives of single endpoints by method and route template, in place of `objective_p95_ms` (live)."""
    error_status_from: int = field(default=400, metadata=_rule(at_least=100, at_most=600, live=True))
    """Lowest status that counts as an error in `error_rate_percent` (live)."""
    exclude_routes: tuple[str, ...] = field(
        default=("/health", "/healthz", "/livez", "/live", "/readyz", "/ready", "/ping"), metadata=_rule(live=True)
    )
    """Route templates that are not measured; our own routes never are (live)."""
    statement_samples: str = field(default="types", metadata=_rule(choices=("off", "types", "values"), live=True))
    """What is kept of a slow statement's parameters: their types, nothing, or values (operator, memory only) (live)."""
    service: str | None = None
    """Name of the service, and of its store; None: OTEL_SERVICE_NAME, the project's name, the folder's."""
    environment: str | None = None
    """Name of the deployment (production, staging, ...); None: not said."""
    version: str | None = None
    """Version of the service, for deploy markers; None: the git revision."""
    timezone: str | None = field(default=None, metadata=_rule(parse=_timezone))
    """IANA name by which busy hours are judged; None: the machine's."""
    store: str | None = None
    """Where windows are kept, as a URL (`sqlite:///file.db`); None: the user's state folder."""
    retention: retentions.Retention = field(default_factory=retentions.Retention, metadata=_rule(parse=_retention))
    """How long each resolution is kept: 2 s for 1 h, 1 min for 48 h, 1 h for 13 months."""
    max_store_bytes: int = field(default=1_000_000_000, metadata=_rule(at_least=1_000_000))
    """Size the store may reach; the oldest and finest rows go first."""
    max_request_keys: int = field(default=2_000, metadata=_rule(at_least=1, at_most=100_000))
    """Keys (method, route, outcome) counted apart; further ones count under `<other>`."""
    max_statement_keys: int = field(default=5_000, metadata=_rule(at_least=1, at_most=100_000))
    """Keys (statement, route) counted apart; further ones count under `<other>`."""


def objective_ms(settings: TelemetrySettings, method: str, route: str) -> float:
    """Return the objective of an endpoint: its own, else that of all."""
    if not settings.objectives:
        return settings.objective_p95_ms
    return settings.objectives.get(f"{method} {route}", settings.objective_p95_ms)


def service_name(
    settings: TelemetrySettings, environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> str:
    """Return the service's name: setting, OTEL_SERVICE_NAME, the project's name, the folder's."""
    environ = os.environ if environ is None else environ
    folder = folder or loader.working_folder()
    name = settings.service or environ.get("OTEL_SERVICE_NAME") or _project_name(folder) or folder.name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "service"


def _project_name(folder: Path) -> str | None:
    try:
        content = (folder / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r"""^\s*name\s*=\s*["']([^"']+)""", content, re.MULTILINE)
    return found.group(1) if found else None
