"""The parts of a process: settings become limits, start and stop come in pairs, nothing stays behind."""

import logging
import threading

import pytest
from sqlalchemy import create_engine

from paceline import errors
from paceline.engine import configuration, parts
from paceline.telemetry import recorder as recorders
from paceline.telemetry.store import interface


def configured(tmp_path, **keywords):
    given = {"store": f"sqlite:///{tmp_path}/a.db", "service": "shop", **keywords}
    return configuration.configure(given, environ={}, folder=tmp_path)


@pytest.fixture
def made(tmp_path):
    one = parts.Parts(configured(tmp_path))
    yield one
    one.detach()


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "paceline-flush"]


def test_settings_become_the_limits_of_the_hot_path(tmp_path):
    wanted = configured(
        tmp_path, slow_statement_ms=1.5, slow_response_ms=2, exclude_routes="/a,/b", max_request_keys=3
    ).telemetry
    limits = parts.limits_of(wanted)
    assert (limits.slow_statement_ns, limits.slow_response_ns) == (1_500_000, 2_000_000)
    assert (limits.excluded_routes, limits.max_request_keys) == ({"/a", "/b"}, 3)


def test_sources_and_problems_of_all_rooms_come_together(tmp_path):
    environ = {"PACELINE_SLOW_RESPONSE_MS": "x", "PACELINE_MEMORY_THRESHOLD": "0.5"}
    found = configuration.configure({"service": "a"}, environ=environ, folder=tmp_path)
    assert (found.sources["service"], found.sources["memory_threshold"]) == ("keyword", "environment")
    assert found.observe.memory_threshold == 0.5
    assert len(found.problems) == 1
    with pytest.raises(errors.SettingsError):
        configuration.configure({"memory_threshold": 2}, environ={}, folder=tmp_path)


def test_nothing_runs_before_it_is_started(made):
    assert threads() == []


def test_a_process_tells_what_it_is_and_leaves_its_numbers(made):
    made.start()
    made.start()
    assert len(threads()) == 1
    made.recorder.background("select a from t", 5)
    made.stop()
    made.stop()
    assert threads() == []
    seen = made.store.read(interface.Range(0, 2**50))
    assert [part.count for part in seen.of_kind("statement").values()] == [1]
    assert seen.gauges_of("memory.rss")
    (told,) = made.store.events("worker", since_ms=0)
    assert told.worker == made.recorder.worker
    assert made.store.status().lease_holder is None


def test_a_process_that_stopped_can_start_again(made):
    for _ in range(2):
        made.start()
        made.recorder.background("select a from t", 5)
        made.stop()
    assert [part.count for part in made.store.read(interface.Range(0, 2**50)).of_kind("statement").values()] == [2]


def test_detaching_puts_every_original_back(tmp_path):
    engine = create_engine("sqlite://")
    before = dict(vars(engine.dialect))
    one = parts.Parts(configured(tmp_path))
    one.start()
    assert vars(engine.dialect) != before
    one.detach()
    assert vars(engine.dialect) == before
    assert threads() == []


def test_a_store_that_cannot_be_opened_is_memory_and_said(tmp_path):
    (tmp_path / "file").write_text("")
    one = parts.Parts(configured(tmp_path, store=f"sqlite:///{tmp_path}/file/a.db"))
    status = one.store.status()
    one.detach()
    assert not status.persistent
    assert status.note


def test_a_store_that_cannot_be_read_at_the_start_is_said_and_all_else_runs(made, tmp_path, caplog):
    (tmp_path / "a.db").unlink()
    (tmp_path / "a.db").mkdir()
    made.start()
    assert len(threads()) == 1
    assert caplog.messages[0].startswith(f"the store: telemetry store {tmp_path}/a.db")


def test_without_git_there_is_no_revision(tmp_path):
    assert parts.git_revision(tmp_path / "nowhere") is None
    assert parts.git_revision(tmp_path) is None


def test_the_service_answers_from_the_store(made):
    made.start()
    made.stop()
    assert made.service.api_stats() is not None


def test_no_hook_of_ours_is_loud(made, caplog):
    caplog.set_level(logging.INFO)
    made.start()
    made.stop()
    assert caplog.records == []
    assert recorders.current.get() is None
