"""Clearing reaches the store at once and the workers as they answer; what is no measurement stays."""

import pytest
from tests import fix_measurements as made

from paceline import clock as clocks
from paceline import errors
from paceline.engine.control import clearing, commands
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface, opening

KEY = ("GET", "/a", "ok")


@pytest.fixture
def store(tmp_path):
    found = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=clocks.FakeClock(made.NOW_MS))
    told = (windows.Event(windows.WORKER, made.NOW_MS, {}), windows.Event(windows.SLOW_RESPONSE, made.NOW_MS, {}))
    found.write(
        made.window(
            made.NOW_MS - 4_000, {KEY: [5.0]}, {("f1", "GET /a"): [1.0]}, gauges={"memory.rss": 1.0}, events=told
        )
    )
    yield found
    found.close()


def clear(store, what, *, live=(), answering=(), fail=()):
    """Clear while workers answer when they are waited for; return what was told and how often was waited."""
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        (command,) = store.commands(0)
        for worker in answering:
            result = {"failed": "KeyError"} if worker in fail else {"cleared": what}
            store.answer(interface.Answer(command.id, worker, made.NOW_MS, result))

    sender = commands.Commands(store, lambda: frozenset(live), sleep)
    told = clearing.clear(store, sender, what=what, by="anna", now_ms=made.NOW_MS)
    return told, waits


def kinds(store):
    whole = store.read(interface.Range(0, 2**50))
    return {key[0] for part in (whole.distributions, whole.counters, whole.gauges) for key in part}


def test_each_word_clears_its_own(store):
    clear(store, "statements")
    assert windows.STATEMENT not in kinds(store)
    assert {windows.REQUEST, "memory.rss"} <= kinds(store)
    clear(store, "memory")
    assert kinds(store) == {windows.REQUEST, windows.STATUS}
    clear(store, "all")
    assert kinds(store) == set()


def test_what_workers_told_about_themselves_stays_and_the_slow_log_goes(store):
    clear(store, "all")

    assert len(store.events(windows.WORKER, since_ms=0)) == 1
    assert store.events(windows.SLOW_RESPONSE, since_ms=0) == []


def test_who_answers_is_cleared_and_nobody_waits_longer_than_needed(store):
    told, waits = clear(store, "all", live=("7", "8"), answering=("7", "8"))

    assert dict(told.workers) == {"7": "cleared", "8": "cleared"}
    assert len(waits) == 1


def test_who_is_silent_is_pending_after_three_seconds_and_who_fails_has_failed(store):
    told, waits = clear(store, "all", live=("7", "8", "9"), answering=("7", "9"), fail=("9",))

    assert dict(told.workers) == {"7": "cleared", "8": "pending", "9": "failed"}
    assert sum(waits) == pytest.approx(commands.WAIT_S)


def test_without_workers_it_is_done_at_once(store):
    told, waits = clear(store, "requests")

    assert (dict(told.workers), waits, told.rows > 0) == ({}, [], True)


def test_a_word_that_is_none_clears_nothing(store):
    before = kinds(store)
    with pytest.raises(errors.UsageError, match="what"):
        clear(store, "everything")
    assert kinds(store) == before
    assert store.commands(0) == []
