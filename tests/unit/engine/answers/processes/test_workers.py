"""Who the processes are, by their own word, and which of them are still there."""

from tests import fix_measurements as made

from paceline.engine.answers.processes import workers
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface


def event(kind, worker, at_ms, body=None, number=1):
    return interface.StoredEvent(number, kind, at_ms, worker, body or {})


def steps(**workers_at):
    """Return three windows of 2 s; each worker reports in those of the given numbers."""
    return [
        snapshots.Snapshot(
            made.NOW_MS + number * 2_000,
            made.NOW_MS + (number + 1) * 2_000,
            workers=tuple(name for name, where in workers_at.items() if number in where),
        )
        for number in range(3)
    ]


def test_the_newest_word_of_each_worker_counts():
    told = [
        event(windows.WORKER, "7", 20, {"pid": 70, "version": "2"}),
        event(windows.WORKER, "8", 15, {"pid": 80}),
        event(windows.WORKER, "7", 10, {"pid": 70, "version": "1"}),
    ]
    found = workers.introductions(told)

    assert {name: (each.pid, each.version) for name, each in found.items()} == {"7": (70, "2"), "8": (80, None)}


def test_what_is_of_another_type_than_it_should_be_is_left_out():
    """A worker of another version shares the file during a rolling deploy."""
    body = {"pid": "70", "cores": 2.5, "gc_enabled": 1, "gc_thresholds": [700, "x"], "unavailable": 3, "version": 4}
    (found,) = workers.introductions([event(windows.WORKER, "7", 1, body)]).values()

    assert (found.pid, found.cores, found.gc_enabled, found.version, found.unavailable) == (None,) * 5
    assert found.gc_thresholds == (700,)
    assert found.reason("rss_bytes", "not reported") == "not reported"


def test_a_reason_is_the_workers_own_if_it_gave_one():
    body = {"unavailable": {"native_bytes": "no smaps here"}}
    (found,) = workers.introductions([event(windows.WORKER, "7", 1, body)]).values()

    assert found.reason("native_bytes", "not reported") == "no smaps here"


def test_who_reported_is_there_until_it_says_that_it_leaves():
    seen = steps(a=(0, 1, 2), b=(0, 1))
    left = [event(windows.WORKER_LEFT, "b", made.NOW_MS + 3_900)]

    assert workers.living(seen, []) == {"a", "b"}
    assert workers.living(seen, left) == {"a"}


def test_who_left_and_reports_again_is_back():
    left = [event(windows.WORKER_LEFT, "a", made.NOW_MS + 1_000), event(windows.WORKER_LEFT, "a", made.NOW_MS - 9_000)]

    assert workers.living(steps(a=(0,)), left) == frozenset()
    assert workers.living(steps(a=(0, 2)), left) == {"a"}
