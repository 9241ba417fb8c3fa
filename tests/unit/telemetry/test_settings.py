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


@pytest.mark.parametrize(
    ("keywords", "environ", "toml"),
    [
        ({"objectives": {"GET /orders/{order_id}": 250}}, {}, ""),
        ({}, {"PACELINE_OBJECTIVES": '{"GET /orders/{order_id}": 250}'}, ""),
        ({}, {}, '[tool.paceline.objectives]\n"GET /orders/{order_id}" = 250'),
    ],
)
def test_objectives_are_a_table_in_each_source(keywords, environ, toml, tmp_path):
    (tmp_path / "pyproject.toml").write_text(toml)
    found = loader.load(settings.TelemetrySettings, keywords, environ=environ, folder=tmp_path).values
    assert settings.objective_ms(found, "GET", "/orders/{order_id}") == 250
    assert settings.objective_ms(found, "POST", "/orders/{order_id}") == 100


@pytest.mark.parametrize("wrong", ["GET /orders", '["GET /orders"]', '{"/orders": 5}', '{"GET /orders": -1}', "{"])
def test_an_objective_without_its_endpoint_or_its_number_is_refused(wrong, tmp_path):
    loaded = loader.load(settings.TelemetrySettings, {}, environ={"PACELINE_OBJECTIVES": wrong}, folder=tmp_path)
    assert loaded.values.objectives == {}
    assert len(loaded.problems) == 1
    assert loaded.problems[0].startswith("setting objectives: ")


def test_a_time_zone_is_one_of_the_iana_database():
    assert loader.load(settings.TelemetrySettings, {"timezone": "Europe/Berlin"}).values.timezone == "Europe/Berlin"
    for wrong in ("Mars/Olympus", "../etc/passwd", "CEST+2"):
        with pytest.raises(errors.SettingsError, match="IANA"):
            loader.load(settings.TelemetrySettings, {"timezone": wrong})
