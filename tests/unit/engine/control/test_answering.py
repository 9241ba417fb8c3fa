"""Commands reach the processes they are for, once, whoever was asked."""

import pytest

from paceline import clock as clocks
from paceline import errors
from paceline.engine.control import answering
from paceline.telemetry import recorder as recorders
from paceline.telemetry.store import opening


@pytest.fixture
def store(tmp_path):
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=clocks.FakeClock())
    yield made
    made.close()


def process(store, name):
    recorder = recorders.Recorder()
    recorder.worker = name
    made = answering.Control(store, recorder)
    made.ran = []
    made.add("collect", lambda arguments: made.ran.append(dict(arguments)) or {"freed": 3})
    return made


def test_a_command_from_before_its_time_is_not_for_it(store):
    store.command("collect", {}, worker=None, by="ada")
    one = process(store, "1")
    one.poll()
    one.poll()
    assert one.ran == []


def test_every_process_answers_once(store):
    both = [process(store, "1"), process(store, "2")]
    for one in both:
        one.poll()
    number = store.command("collect", {"why": "test"}, worker=None, by="ada")
    for _ in range(3):
        for one in both:
            one.poll()
    assert [one.ran for one in both] == [[{"why": "test"}]] * 2
    answers = store.answers(number)
    assert sorted(answer.worker for answer in answers) == ["1", "2"]
    assert all(answer.result == {"freed": 3} for answer in answers)


def test_a_command_for_one_process_is_not_run_by_others(store):
    both = [process(store, "1"), process(store, "2")]
    for one in both:
        one.poll()
    number = store.command("collect", {}, worker="2", by="ada")
    for one in both:
        one.poll()
    assert [answer.worker for answer in store.answers(number)] == ["2"]
    assert both[0].ran == []


def test_an_action_nobody_knows_is_left_to_those_who_do(store):
    one = process(store, "1")
    one.poll()
    number = store.command("levitate", {}, worker=None, by="ada")
    one.poll()
    assert list(store.answers(number)) == []


def test_an_action_that_fails_is_answered_by_its_type_without_its_message(store):
    one = process(store, "1")
    one.add("break", lambda arguments: 1 // 0)
    one.poll()
    numbers = [store.command(action, {}, worker=None, by="ada") for action in ("break", "collect")]
    one.poll()
    assert [store.answers(number)[0].result for number in numbers] == [{"failed": "ZeroDivisionError"}, {"freed": 3}]


def test_clearing_forgets_the_running_window(store):
    one = process(store, "1")
    one.poll()
    one._recorder.background("select 1", 5)
    number = store.command("clear", {"what": "statements"}, worker=None, by="ada")
    one.poll()
    assert store.answers(number)[0].result == {"cleared": "statements"}
    assert one._recorder.take(0, {}).tallies == {}


def test_a_child_after_a_fork_does_not_answer_for_its_parent(store):
    one = process(store, "1")
    one.poll()
    store.command("collect", {}, worker=None, by="ada")
    one._recorder.worker = "2"
    one.poll()
    one.poll()
    assert one.ran == []


def test_a_store_that_fails_is_no_trouble():
    class Gone:
        def last_command(self):
            message = "gone"
            raise errors.StoreError(message)

    answering.Control(Gone(), recorders.Recorder()).poll()
