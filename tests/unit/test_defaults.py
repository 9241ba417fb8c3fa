"""The defaults that users know, as the design's table has them: changing one is a decision, not a slip."""

import dataclasses

from paceline.observe import settings as observe_settings
from paceline.postgres import settings as postgres_settings
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry.store import retention
from paceline.web import settings as web_settings


def defaults(kind):
    return dataclasses.asdict(kind())


def test_telemetry():
    hour = 3_600_000
    found = defaults(telemetry_settings.TelemetrySettings)
    kept = retention.Retention(**found.pop("retention"))
    assert (kept.fine_ms, kept.minute_ms, kept.hour_ms) == (hour, 48 * hour, 13 * 31 * 24 * hour)
    assert kept == retention.Retention.parse("2s:1h 1m:48h 1h:13mo")
    assert found == {
        "slow_statement_ms": 1_000,
        "slow_response_ms": 200,
        "slow_log_size": 1_000,
        "objective_p95_ms": 100,
        "objectives": {},
        "error_status_from": 400,
        "exclude_routes": ("/health", "/healthz", "/livez", "/live", "/readyz", "/ready", "/ping"),
        "statement_samples": "types",
        "service": None,
        "environment": None,
        "version": None,
        "timezone": None,
        "store": None,
        "max_store_bytes": 1_000_000_000,
        "max_request_keys": 2_000,
        "max_statement_keys": 5_000,
    }


def test_observe():
    assert defaults(observe_settings.ObserveSettings) == {
        "memory_threshold": 0.8,
        "memory_check_seconds": 30,
        "memory_on_threshold": "warn",
    }


def test_postgres():
    assert defaults(postgres_settings.PostgresSettings) == {"dsn": None, "database_timeout_seconds": 5}


def test_web():
    assert defaults(web_settings.WebSettings) == {
        "prefix": "/performance",
        "viewer_token": None,
        "operator_token": None,
        "allowed_hosts": ("localhost", "127.0.0.1", "[::1]"),
    }
