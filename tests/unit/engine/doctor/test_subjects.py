"""Python, frameworks, drivers, database, extras and clocks."""

import dataclasses
import importlib.util
import socket

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine
from tests import fix_cli
from tests.unit.engine.doctor.fix_circumstances import circumstances_of, facts, said

from paceline import clock
from paceline.engine.doctor import circumstances, database, drivers, extras, host, runtime, timing
from paceline.telemetry import window
from paceline.telemetry.store import opening

SECRET = "s3cret-" * 5


@pytest.fixture
def found(tmp_path):
    return circumstances_of(tmp_path)


@pytest.fixture
def absent(monkeypatch):
    """Return a function that makes packages look as if they were not installed."""

    def hide(*names):
        version, spec = circumstances.version_of, importlib.util.find_spec
        monkeypatch.setattr(circumstances, "version_of", lambda name: None if name in names else version(name))
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else spec(name))

    return hide


def test_this_python_and_this_system_are_well(found):
    assert {status for status, _, _ in said(runtime, found)} == {"ok"}


def test_versions_are_compared_by_number():
    assert circumstances.is_at_least("0.115.2", (0, 115))
    assert circumstances.is_at_least("2.1.0rc1", (2, 1))
    assert not circumstances.is_at_least("0.99", (0, 115))


def test_framework_and_servers_are_told_and_an_application_is_optional(found):
    known = facts(host, found)
    assert "uvicorn" in known["servers"]
    assert [status for status, _, _ in said(host, found)] == ["ok", "ok", "ok", "skipped"]


def test_without_a_framework_there_is_nothing_to_watch(found, absent):
    absent("fastapi", "starlette", *host.SERVERS)
    assert [status for status, _, _ in said(host, found)] == ["problem", "warning", "skipped"]


@pytest.mark.parametrize(
    ("application", "installs", "status", "text"),
    [
        (FastAPI(), False, "ok", "application: FastAPI with 4 routes, paceline not in its code"),
        (FastAPI(), True, "ok", "application: FastAPI with 4 routes, paceline installed in its code"),
        (object(), False, "problem", "application: object cannot be watched"),
    ],
)
def test_an_application_is_looked_at(found, application, installs, status, text):
    found = dataclasses.replace(found, application=application, installs_itself=installs)
    assert said(host, found)[-1][:2] == (status, text)


def test_an_application_that_cannot_be_imported_is_a_problem(found):
    found = dataclasses.replace(found, application_problem="shop cannot be imported: ValueError")
    assert said(host, found)[-1][:2] == ("problem", "shop cannot be imported: ValueError")


def test_engines_tell_how_they_are_hooked(found):
    engine = create_engine("sqlite://")
    found = dataclasses.replace(found, application=FastAPI())
    assert any("sqlite+pysqlite: hooked in the dialect" in text for _, text, _ in said(drivers, found))
    engine.dispose()


def test_a_driver_without_sqlalchemy_is_a_warning(found, absent):
    absent("sqlalchemy", "psycopg", "psycopg2")
    ((status, text, fix),) = said(drivers, found)
    assert (status, "not measured yet" in text, "SQLAlchemy" in fix) == ("warning", True, True)
    absent("sqlalchemy", *drivers.DIRECT)
    assert said(drivers, found)[0][0] == "skipped"


def test_a_database_that_nobody_named_is_not_looked_for(found):
    assert said(database, found)[1][:2] == ("skipped", "no database is named: statements are measured without one")


def test_a_database_that_does_not_answer_is_a_problem_and_its_password_is_not_shown(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: nothing else takes the port, and nobody answers
        dsn = f"postgresql+asyncpg://u:{SECRET}@127.0.0.1:{taken.getsockname()[1]}/d"
        found = circumstances_of(tmp_path, {"DATABASE_URL": dsn})
        told = said(database, found)
    assert [status for status, _, _ in told] == ["ok", "problem"]
    assert SECRET not in str(told)


def test_a_missing_extra_has_its_command(found, absent):
    absent("psycopg")
    told = said(extras, found)
    assert told[0][1] == "installed: web, cli, advisor, load, demo"
    assert told[1] == (
        "skipped",
        "postgres (questions to the database): psycopg missing",
        "pip install 'paceline[postgres]'",
    )
    assert said(database, found)[0] == ("skipped", "psycopg is not installed", "pip install 'paceline[postgres]'")


def test_clocks_agree_with_a_store_that_was_written_just_now(tmp_path):
    fix_cli.fill_store(tmp_path)
    assert {status for status, _, _ in said(timing, circumstances_of(tmp_path))} == {"ok"}
    assert 0 <= facts(timing, circumstances_of(tmp_path))["newest_window_age_ms"] < 60_000


def test_a_window_from_the_future_is_a_warning(tmp_path):
    time = clock.FakeClock()
    store = opening.open_store(f"sqlite:///{tmp_path}/shop.db", service="shop", clock=time)
    store.write(window.Window("w1", window.grid(time.now_ms() + 60_000), {}, {("hits", "a"): 1}))
    store.close()
    (status, text, fix), *_ = said(timing, circumstances_of(tmp_path, now=time))
    assert (status, "in the future" in text, "NTP" in fix) == ("warning", True, True)


def test_the_timezone_is_told(tmp_path):
    assert said(timing, circumstances_of(tmp_path, timezone="Europe/Vienna"))[-1][:2] == (
        "ok",
        "timezone Europe/Vienna",
    )
