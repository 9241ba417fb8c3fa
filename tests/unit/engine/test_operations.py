"""What an operator may have done: it reaches every live worker, is journalled with its undo, and tells who has it."""

import pytest
from tests import fix_measurements as made
from tests.fix_observed import eventually

from paceline import clock as clocks
from paceline import errors
from paceline.engine import jobs, service
from paceline.engine.answers import journal as journal_answers
from paceline.engine.control import answering
from paceline.telemetry import recorder as recorders
from paceline.telemetry import settings as settings_
from paceline.telemetry.store import opening


@pytest.fixture
def clock():
    return clocks.FakeClock(made.NOW_MS)


@pytest.fixture
def store(tmp_path, clock):
    found = opening.open_store(f"sqlite:///{tmp_path}/shop.db", service="shop", clock=clock)
    yield found
    found.close()


class Workers:
    """Live workers; those that are awake read their commands while somebody waits for them."""

    def __init__(self, store, clock):
        self.store = store
        self.clock = clock
        self.awake = []

    def join(self, name, *, awake=True):
        self.store.write(made.window(made.NOW_MS - 2_000, worker=name, gauges={"memory.rss": 1.0}))
        recorder = recorders.Recorder()
        recorder.worker = name
        worker = answering.Control(self.store, recorder, clock=self.clock)
        worker.poll()
        if awake:
            self.awake.append(worker)
        return worker

    def work(self, _seconds):
        for worker in self.awake:
            worker.poll()


@pytest.fixture
def workers(store, clock):
    return Workers(store, clock)


@pytest.fixture
def asked(store, clock, workers):
    return service.Service(store, settings_.TelemetrySettings(service="shop"), clock=clock, sleep=workers.work)


def over(asked, job):
    return eventually(lambda: (found := asked.job(job.id)).state not in jobs.OPEN and found)


def test_a_collection_tells_what_each_worker_freed(asked, workers):
    for name in ("7", "8"):
        workers.join(name)
    job = over(asked, asked.collect_garbage(by="ann"))
    assert (job.state, job.kind, job.by, job.error) == ("done", "collect_garbage", "ann", None)
    assert (job.progress.done, job.progress.total) == (2, 2)
    assert sorted(job.result["workers"]) == ["7", "8"]
    assert {"freed_objects", "freed_bytes", "pause_ms", "generations", "state"} <= set(job.result["workers"]["7"])
    (entry,) = asked.journal().rows
    assert (entry.by, entry.action, entry.arguments, entry.undo) == ("ann", "collect_garbage", {"worker": None}, None)
    assert entry.result == {"state": "done", "job": job.id, **job.result}


def test_a_worker_that_stays_silent_makes_a_failed_job_that_names_it(asked, workers):
    workers.join("7")
    workers.join("8", awake=False)
    job = over(asked, asked.collect_garbage())
    assert (job.state, job.error) == ("failed", "failed: 8")
    assert [one["state"] for one in job.result["workers"].values()] == ["done", "pending"]
    assert asked.journal().rows[0].result["state"] == "failed"


def test_waiting_for_a_silent_worker_is_cancelled(asked, workers, store):
    workers.join("8", awake=False)
    cancelled = []

    def cancel(_seconds):
        if not cancelled:
            cancelled.append(asked.cancel_job(asked.jobs().rows[0].id, by="bob"))

    asked._commands._sleep = cancel
    job = over(asked, asked.collect_garbage())
    assert job.state == "cancelled"
    assert job.result["workers"] == {"8": {"state": "pending"}}
    actions = {entry.action: (entry.by, entry.result["state"]) for entry in asked.journal().rows}
    assert actions == {"collect_garbage": ("operator", "cancelled"), "cancel_job": ("bob", "done")}


def test_nobody_to_collect_in_is_said_at_once(asked, workers):
    with pytest.raises(errors.NotFound, match="no worker is live"):
        asked.collect_garbage()
    workers.join("7")
    with pytest.raises(errors.NotFound, match="live are 7"):
        asked.collect_garbage("8")
    assert asked.journal().rows == ()
    assert asked.jobs().rows == ()


def test_a_threshold_holds_at_once_and_the_journal_has_the_old_one(asked, workers):
    workers.join("7")
    first, second = (over(asked, asked.set_memory_threshold(value)) for value in (0.9, 0.7))
    assert (first.state, second.result) == ("done", {"threshold": 0.7, "workers": {"7": {"state": "done"}}})
    newest, oldest = asked.journal().rows
    assert newest.undo == {"action": "put_setting", "arguments": {"name": "memory_threshold", "value": 0.9}}
    assert oldest.undo["arguments"]["value"] is None
    asked.put_setting(**newest.undo["arguments"])
    assert {one.name: one.value for one in asked.settings().settings}["memory_threshold"] == 0.9


@pytest.mark.parametrize("threshold", [0, -1, 1.01, float("nan"), "much"])
def test_a_threshold_that_is_no_share_is_refused_and_leaves_no_trace(asked, threshold):
    with pytest.raises(errors.UsageError):
        asked.set_memory_threshold(threshold)
    assert asked.journal().rows == ()


def test_a_setting_is_changed_told_and_taken_back(asked, workers):
    workers.join("7")
    workers.join("8", awake=False)
    changed = asked.put_setting("slow_response_ms", 50, by="ann")
    assert (changed.value, changed.previous, changed.source) == (50, 200, "live")
    assert changed.workers == {"7": "applied", "8": "pending"}
    assert asked.api_stats().slow_response_ms == 50
    back = asked.put_setting("slow_response_ms", None)
    assert (back.value, back.previous, back.source) == (200, 50, "default")
    first = asked.journal().rows[-1]
    assert (first.id, first.by, first.result["workers"]) == (changed.journal_id, "ann", dict(changed.workers))


def test_clearing_is_journalled(asked, workers):
    workers.join("7")
    asked.clear_metrics("memory", by="ann")
    (entry,) = asked.journal().rows
    assert (entry.action, entry.arguments, entry.by) == ("clear_metrics", {"what": "memory"}, "ann")
    assert entry.result["workers"] == {"7": "cleared"}
    asked.clear_metrics("all")
    assert len(asked.journal().rows) == 2


def test_lists_are_paged_newest_first(asked, clock, store):
    for number in range(5):
        asked.put_setting("slow_response_ms", number + 1)
        clock.advance(1)
    seen, cursor = [], None
    while True:
        page = asked.journal(limit=2, cursor=cursor)
        assert isinstance(page.rows[0], journal_answers.Entry)
        seen += [entry.arguments["value"] for entry in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [5, 4, 3, 2, 1]


def test_jobs_are_paged_newest_first(asked, workers, clock):
    workers.join("7")
    ids = []
    for _ in range(5):
        ids.append(over(asked, asked.collect_garbage()).id)
        clock.advance(0.1)
    seen, cursor = [], None
    while True:
        page = asked.jobs(limit=2, cursor=cursor)
        seen += [job.id for job in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ids[::-1]


def test_a_cursor_of_another_list_is_refused(asked, workers):
    workers.join("7")
    for value in (1, 2):
        asked.put_setting("slow_response_ms", value)
    cursor = asked.journal(limit=1).next_cursor
    with pytest.raises(errors.UsageError, match="cursor belongs to another list"):
        asked.jobs(cursor=cursor)
    with pytest.raises(errors.UsageError, match="limit"):
        asked.journal(limit=0)


def test_a_job_that_is_not_there_is_not_found(asked):
    for question in (asked.job, asked.cancel_job):
        with pytest.raises(errors.NotFound):
            question("nothing")


def test_more_jobs_than_may_wait_are_refused_and_the_journal_says_so(asked, workers, monkeypatch):
    workers.join("7")
    monkeypatch.setattr(jobs, "MAX_WAITING", 0)
    with pytest.raises(jobs.TooManyJobs):
        asked.collect_garbage()
    assert asked.journal().rows[0].result["state"] == "failed"
