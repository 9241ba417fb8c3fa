"""The settings of all rooms in one go, with the source of each and every complaint once."""

import dataclasses

import pytest

from paceline import errors
from paceline.engine import configuration


def configure(tmp_path, keywords=None, environ=None, toml=""):
    (tmp_path / "pyproject.toml").write_text(toml)
    return configuration.configure(keywords, environ=environ or {}, folder=tmp_path)


def test_every_room_finds_its_own_among_them(tmp_path):
    found = configure(tmp_path, {"slow_response_ms": 50, "memory_threshold": 0.5})

    assert (found.telemetry.slow_response_ms, found.observe.memory_threshold) == (50, 0.5)
    assert (found.sources["slow_response_ms"], found.sources["memory_check_seconds"]) == ("keyword", "default")


def test_every_setting_has_a_source(tmp_path):
    names = {field.name for kind in configuration.KINDS for field in dataclasses.fields(kind)}

    assert set(configure(tmp_path).sources) == names


def test_what_is_wrong_outside_the_code_is_reported_once_and_the_default_is_used(tmp_path):
    found = configure(tmp_path, environ={"PACELINE_MEMORY_THRESHOLD": "7"}, toml="not toml")

    assert found.observe.memory_threshold == 0.8
    assert len(found.problems) == 2  # each room reads pyproject.toml, and it is complained about once
    assert any("memory_threshold" in problem and "the default is used" in problem for problem in found.problems)


def test_what_is_wrong_in_the_code_raises(tmp_path):
    with pytest.raises(errors.SettingsError, match="memory_threshold"):
        configure(tmp_path, {"memory_threshold": 7})


def test_the_service_is_named_by_the_nearest_source(tmp_path):
    toml = '[project]\nname = "shop"\n'

    assert configure(tmp_path, {"service": "till"}, {"OTEL_SERVICE_NAME": "otel"}, toml).service == "till"
    assert configure(tmp_path, None, {"OTEL_SERVICE_NAME": "otel"}, toml).service == "otel"
    assert configure(tmp_path, None, {}, toml).service == "shop"
    assert configure(tmp_path).service == tmp_path.name
