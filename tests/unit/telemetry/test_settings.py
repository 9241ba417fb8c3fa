"""The service's name, and settings of telemetry whose form is their own."""

import pytest

from paceline import errors
from paceline import settings as loader
from paceline.telemetry import settings
from paceline.telemetry.store import retention


@pytest.mark.parametrize(
    ("wanted", "environ", "project", "name"),
    [
        ("shop api/2", {"OTEL_SERVICE_NAME": "other"}, "third", "shop-api-2"),
        (None, {"OTEL_SERVICE_NAME": "orders"}, "third", "orders"),
        (None, {}, "third", "third"),
        (None, {}, None, "work"),
        ("///", {}, None, "service"),
    ],
)
def test_the_name_is_the_first_that_is_said(wanted, environ, project, name, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    if project:
        (folder / "pyproject.toml").write_text(f'[project]\nname = "{project}"\n')
    assert settings.service_name(settings.TelemetrySettings(service=wanted), environ, folder) == name


def test_retention_is_written_as_a_text(tmp_path):
    loaded = loader.load(
        settings.TelemetrySettings, {}, environ={"PACELINE_RETENTION": "2s:10m 1m:3h 1h:2mo"}, folder=tmp_path
    )
    assert loaded.values.retention == retention.Retention.parse("2s:10m 1m:3h 1h:2mo")
    with pytest.raises(errors.SettingsError, match="retention"):
        loader.load(settings.TelemetrySettings, {"retention": "for ever"}, environ={}, folder=tmp_path)


@pytest.mark.parametrize("name", ["slow_statement_ms", "slow_response_ms", "objective_p95_ms"])
def test_thresholds_are_above_nothing(name):
    with pytest.raises(errors.SettingsError, match="above 0"):
        loader.load(settings.TelemetrySettings, {name: 0})
