"""What people and processes say to each other through the store."""

import dataclasses

import pytest

from paceline import clock
from paceline.telemetry.store import interface, opening, retention

T0 = 1_767_225_600_000


@pytest.fixture
def time():
    return clock.FakeClock(T0)


@pytest.fixture
def store(tmp_path, time):
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=time)
    yield made
    made.close()


def test_a_command_is_read_and_answered(store):
    first = store.command("collect", {"generation": 2}, worker=None, by="anna")
    second = store.command("clear", {}, worker="w1", by="anna")
    assert [command.id for command in store.commands(0)] == [first, second]
    assert store.commands(first) == [interface.Command(second, T0, "clear", {}, "w1", "anna")]
    answer = interface.Answer(first, "w1", T0, {"freed": 3})
    store.answer(answer)
    assert store.answers(first) == [answer]


def test_a_job_whose_owner_is_silent_is_interrupted(store, time):
    job = interface.JobRow("j1", "vacuum", "running", "w1", T0, T0, {"done": 1}, None, "anna")
    store.put_job(job)
    assert store.job("j1") == job
    time.advance(11)
    assert store.job("j1").state == store.jobs()[0].state == "interrupted"
    assert store.job("j2") is None


def test_journal_proofs_and_settings_survive_clearing_and_retention(store, time):
    row = interface.JournalRow(0, T0, "anna", "create_index", {"t": "x"}, {"ok": True}, {"drop": "x"})
    number = store.add_journal(row)
    store.put_proof("p1", T0, {"verdict": "faster"})
    store.put_setting("slow_statement_ms", 500, "anna")
    store.command("collect", {}, worker=None, by="anna")
    time.advance(400 * 86_400)
    store.clear(["request"], time.now_ms())
    store.retain()
    assert store.journal()[0].id == number
    assert store.journal()[0].undo == {"drop": "x"}
    assert store.proofs() == {"p1": {"verdict": "faster"}}
    assert store.live_settings() == {"slow_statement_ms": 500}
    assert store.commands(0) == []


def test_the_newest_command_is_known_also_after_it_has_gone(store, time):
    assert store.last_command() == 0
    number = store.command("collect", {}, worker=None, by="anna")
    time.advance(2 * 86_400)
    store.retain()
    assert store.commands(0) == []
    assert store.last_command() == number


def test_a_setting_is_taken_away(store):
    store.put_setting("slow_statement_ms", 500, "anna")
    store.put_setting("slow_statement_ms", None, "anna")
    assert store.live_settings() == {}


def test_an_entry_of_the_journal_is_concluded(store):
    number = store.add_journal(interface.JournalRow(0, T0, "anna", "clear", {}, {"state": "started"}, None))
    store.conclude_journal(number, {"state": "done"})
    assert [row.result for row in store.journal()] == [{"state": "done"}]


def test_only_so_many_jobs_are_kept(tmp_path, time):
    few = opening.open_store(
        f"sqlite:///{tmp_path}/few.db",
        service="s",
        clock=time,
        retention=dataclasses.replace(retention.DEFAULT, jobs=3),
    )
    for number in range(5):
        few.put_job(interface.JobRow(f"j{number}", "vacuum", "done", "w1", T0 + number, T0, {}, {}, "anna"))
    few.retain()
    assert [job.id for job in few.jobs()] == ["j4", "j3", "j2"]
    assert [job.id for job in few.jobs(5, before=(T0 + 3, "j3"))] == ["j2"]
    few.close()
