"""Jobs run beside the answer, tell how far they are, end when told to, and are read after their owner has left."""

import threading

import pytest
from tests.fix_observed import eventually

from paceline import changes, errors
from paceline import clock as clocks
from paceline.engine import jobs
from paceline.telemetry.store import opening


@pytest.fixture
def clock():
    return clocks.FakeClock()


@pytest.fixture
def store(tmp_path, clock):
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=clock)
    yield made
    made.close()


@pytest.fixture
def owner(store, clock):
    """The jobs of one process, which beats only when it is told to."""
    return jobs.Jobs(store, lambda: "1", clock, beat_s=60)


@pytest.fixture
def gate():
    """An event that bodies wait for; opened at the end, so that no thread stays behind."""
    made = threading.Event()
    yield made
    made.set()


def ended(store, row):
    return eventually(lambda: (found := store.job(row.id)).state not in jobs.OPEN and found)


def started(store, row):
    return eventually(lambda: store.job(row.id).state == jobs.RUNNING)


def test_a_job_is_done_with_its_result_and_last_progress(store, owner):
    def body(run):
        run.report(changes.Progress(3, 3, "tables"))
        return jobs.Outcome({"rows": 7})

    row = owner.start("count", "ann", body)
    assert (row.state, row.owner, row.by, row.kind) == ("queued", "1", "ann", "count")
    over = ended(store, row)
    assert (over.state, over.result) == ("done", {"rows": 7})
    assert over.progress == {"done": 3, "total": 3, "at": "tables"}


def test_progress_is_written_with_a_sign_of_life(store, owner, clock, gate):
    reported = threading.Event()

    def body(run):
        run.report(changes.Progress(1, None, "first"))
        reported.set()
        gate.wait()
        return jobs.Outcome({})

    row = owner.start("count", "ann", body)
    reported.wait()
    clock.advance(5)
    owner.beat()
    assert store.job(row.id).progress == {"done": 1, "total": None, "at": "first"}
    clock.advance(8)
    assert store.job(row.id).state == "running"
    gate.set()
    assert ended(store, row).state == "done"


def test_an_owner_that_is_silent_for_ten_seconds_leaves_its_jobs_interrupted(store, owner, clock, gate):
    row = owner.start("count", "ann", lambda _: gate.wait() and jobs.Outcome({}))
    started(store, row)
    clock.advance(11)
    assert store.job(row.id).state == store.jobs()[0].state == "interrupted"
    with pytest.raises(errors.UsageError, match="interrupted"):
        owner.cancel(row.id, "ann")


def test_a_failed_step_makes_a_failed_job(store, owner):
    over = ended(store, owner.start("fix", "ann", lambda _: jobs.Outcome({"b": "no"}, failed=("b",))))
    assert (over.state, over.result) == ("failed", {"b": "no", "error": "failed: b"})


def test_what_goes_wrong_is_told_and_a_mistake_only_by_its_type(store, owner, caplog):
    def refuse(_):
        message = "the table is gone"
        raise errors.DatabaseError(message)

    def mistake(_):
        message = "secret-value"
        raise ValueError(message)

    assert ended(store, owner.start("fix", "ann", refuse)).result == {"error": "the table is gone"}
    assert ended(store, owner.start("fix", "ann", mistake)).result == {"error": "ValueError"}
    assert "secret-value" not in caplog.text


def test_a_job_is_cancelled_by_its_own_process(store, owner):
    def body(run):
        eventually(lambda: run.is_cancelled)
        raise jobs.Cancelled({"half": True})

    row = owner.start("fix", "ann", body)
    started(store, row)
    owner.cancel(row.id, "bob")
    over = ended(store, row)
    assert (over.state, over.result) == ("cancelled", {"half": True})


def test_a_job_is_cancelled_by_another_process_through_the_store(store, owner, clock):
    def body(run):
        eventually(lambda: run.is_cancelled)
        raise jobs.Cancelled

    row = owner.start("fix", "ann", body)
    jobs.Jobs(store, lambda: "2", clock).cancel(row.id, "bob")
    owner.beat()
    assert ended(store, row).state == "cancelled"


def test_two_run_and_the_others_wait_and_one_that_waits_is_cancelled_without_running(store, owner, gate):
    ran = []

    def body(run):
        ran.append(run.row.id)
        gate.wait()
        return jobs.Outcome({})

    rows = [owner.start("fix", "ann", body) for _ in range(4)]
    eventually(lambda: len(ran) == jobs.MAX_RUNNING)
    assert [store.job(row.id).state for row in rows[2:]] == ["queued"] * 2
    owner.cancel(rows[3].id, "ann")
    gate.set()
    assert [ended(store, row).state for row in rows] == ["done", "done", "done", "cancelled"]
    assert rows[3].id not in ran


def test_more_than_twenty_do_not_wait(store, owner, gate):
    def begin():
        return owner.start("fix", "ann", lambda _: gate.wait() and jobs.Outcome({}))

    for row in [begin() for _ in range(jobs.MAX_RUNNING)]:
        started(store, row)
    rows = [begin() for _ in range(jobs.MAX_WAITING)]
    with pytest.raises(jobs.TooManyJobs, match="20 jobs wait"):
        begin()
    gate.set()
    assert {ended(store, row).state for row in rows} == {"done"}


def test_a_process_that_ends_leaves_its_jobs_interrupted_at_once(store, owner, gate):
    rows = [owner.start("fix", "ann", lambda _: gate.wait() and jobs.Outcome({})) for _ in range(3)]
    started(store, rows[0])
    owner.stop()
    assert [store.job(row.id).state for row in rows] == ["interrupted"] * 3
    gate.set()
    owner.beat()
    assert [store.job(row.id).state for row in rows] == ["interrupted"] * 3


@pytest.mark.parametrize("act", ["stop", "beat"])
def test_a_store_that_takes_nothing_is_tried_once_and_not_for_each_job(act, store, owner, gate, monkeypatch):
    """Each try waits for the lock, and a process that is told to leave has 2 s."""
    rows = [owner.start("fix", "ann", lambda _: gate.wait() and jobs.Outcome({})) for _ in range(5)]
    for row in rows[: jobs.MAX_RUNNING]:
        started(store, row)
    tried = []

    def locked(row):
        tried.append(row.id)
        message = "locked"
        raise errors.StoreError(message)

    with monkeypatch.context() as patched:
        patched.setattr(store, "put_job", locked)
        getattr(owner, act)()
        assert len(tried) == 1
    owner.stop()


def test_a_result_that_could_not_be_written_is_written_later(store, owner, monkeypatch):
    put, broken = store.put_job, threading.Event()

    def failing(row):
        if row.state == "done" and not broken.is_set():
            broken.set()
            message = "locked"
            raise errors.StoreError(message)
        put(row)

    monkeypatch.setattr(store, "put_job", failing)
    row = owner.start("fix", "ann", lambda _: jobs.Outcome({"a": 1}))
    broken.wait(5)
    assert store.job(row.id).state == "running"
    owner.beat()
    assert ended(store, row).result == {"a": 1}


def test_a_beat_thread_lives_only_while_there_are_jobs(store, clock, gate):
    quick = jobs.Jobs(store, lambda: "1", clock, beat_s=0.01)

    def beats():
        return [thread for thread in threading.enumerate() if thread.name == "paceline-jobs-beat"]

    before = len(beats())
    row = quick.start("fix", "ann", lambda _: gate.wait() and jobs.Outcome({}))
    assert len(beats()) == before + 1
    gate.set()
    ended(store, row)
    eventually(lambda: len(beats()) == before)


def test_old_jobs_go_and_a_thousand_stay(store, owner, clock):
    first = ended(store, owner.start("fix", "ann", lambda _: jobs.Outcome({})))
    clock.advance(25 * 3_600)
    store.retain()
    assert store.job(first.id) is None
    with pytest.raises(errors.NotFound, match="not known"):
        owner.row(first.id)
