"""A command is sent, live workers are waited for, and each is told to have answered, failed, or be pending."""

import pytest

from paceline import clock as clocks
from paceline import errors
from paceline.engine.control import commands
from paceline.telemetry.store import interface, opening


@pytest.fixture
def store(tmp_path):
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=clocks.FakeClock())
    yield made
    made.close()


class Time:
    """Sleeping lets workers answer; `slept` is how long was waited."""

    def __init__(self, store, answers):
        self.store = store
        self.answers = answers
        self.slept = 0.0

    def sleep(self, seconds):
        self.slept += seconds
        for worker, (at_s, result) in self.answers.items():
            if self.slept >= at_s:
                self.store.answer(interface.Answer(1, worker, 0, result))


def sender(store, time, live=("1", "2")):
    return commands.Commands(store, lambda: frozenset(live), time.sleep)


def test_waiting_ends_when_all_have_answered(store):
    time = Time(store, {"1": (0.2, {"a": 1}), "2": (0.5, {"failed": "ValueError"})})
    sent = sender(store, time).send(commands.Command("collect", {"x": 1}, "ann"))
    assert sent.replies == {
        "1": commands.Reply("answered", {"a": 1}),
        "2": commands.Reply("failed", {"failed": "ValueError"}),
    }
    assert sent.states("collected") == {"1": "collected", "2": "failed"}
    assert sent.silent == ("2",)
    assert time.slept == pytest.approx(0.5)
    (command,) = store.commands(0)
    assert (command.action, command.arguments, command.worker, command.by) == ("collect", {"x": 1}, None, "ann")


def test_a_worker_that_does_not_answer_is_pending_after_the_wait(store):
    time = Time(store, {"1": (0, {})})
    sent = sender(store, time).send(commands.Command("collect", {}, "ann"), wait_s=2.0)
    assert sent.states("ok") == {"1": "ok", "2": "pending"}
    assert time.slept == pytest.approx(2.0)


def test_one_worker_is_asked_by_its_id_and_nobody_else_is_waited_for(store):
    time = Time(store, {"2": (0.1, {})})
    sent = sender(store, time).send(commands.Command("collect", {}, "ann", worker="2"))
    assert list(sent.replies) == ["2"]
    assert store.commands(0)[0].worker == "2"


def test_a_worker_that_is_not_live_is_refused_before_anything_is_sent(store):
    with pytest.raises(errors.NotFound, match="worker '9' is not live; live are 1, 2"):
        sender(store, Time(store, {})).send(commands.Command("collect", {}, "ann", worker="9"))
    with pytest.raises(errors.NotFound, match="no worker is"):
        sender(store, Time(store, {}), live=()).addressed("9")
    assert store.commands(0) == []


def test_whoever_watches_can_stop_waiting(store):
    time, seen = Time(store, {}), []
    sender(store, time).send(
        commands.Command("collect", {}, "ann"), watch=lambda sent: seen.append(sent) or len(seen) < 3
    )
    assert len(seen) == 3
    assert time.slept == pytest.approx(0.2)


def test_an_answer_of_a_worker_that_came_meanwhile_counts(store):
    sent = sender(store, Time(store, {"1": (0, {}), "2": (0.1, {}), "3": (0, {})})).send(
        commands.Command("collect", {}, "ann")
    )
    assert sorted(sent.replies) == ["1", "2", "3"]
