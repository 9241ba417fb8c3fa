"""The recorder loses nothing between the threads that finish requests and the one that takes windows."""

import json
import os
import subprocess
import sys
import threading

import pytest
from tests.fix_observed import Seen

from paceline.telemetry import recorder as recorders
from paceline.telemetry import records as r
from paceline.telemetry import window as windows
from paceline.telemetry.running import limits

MS = 1_000_000


def finished(route="/a", took=MS, statements=0):
    record = r.new(0, "GET")
    record[r.END] = record[r.FIRST_BYTE] = took
    record[r.STATUS], record[r.FLAGS], record[r.ROUTE] = 200, 0, route
    for _ in range(statements):
        record += ("select a from t", 0, 7)
    return record


def test_eight_threads_and_a_taker_lose_nothing(recorder):
    """Windows are taken all the time while eight threads finish requests and run background statements."""
    each, seen, done = 1_500, Seen(recorder), threading.Event()

    def work(number):
        for turn in range(each):
            recorder.finish(finished(f"/{(number + turn) % 5}", statements=2))
            if turn % 3 == 0:
                recorder.background("select b from t", 11)

    def take():
        while not done.is_set():
            seen.look()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    taker = threading.Thread(target=take)
    for thread in (taker, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    taker.join()
    seen.look()
    requests = [value for key, value in seen.tallies.items() if key[0] == windows.REQUEST]
    assert (sum(value[0] for value in requests), sum(value[1] for value in requests)) == (8 * each, 8 * each * MS)
    statements = seen.statements()
    assert sum(count for (_, route), count in statements.items() if route != windows.BACKGROUND) == 16 * each
    assert sum(count for (_, route), count in statements.items() if route == windows.BACKGROUND) == 8 * each // 3


def of_many_texts():
    """Return a record of 3 000 statements, each with a text of its own, of which most wait for the flush thread."""
    record = finished()
    for number in range(3_000):
        record += (f"select a from t where a = {number}", 0, 7)
        if number % 1_000 == 999:
            r.spill(record)
    return record


def test_a_window_holds_all_of_a_request_of_thousands_of_texts(recorder):
    seen = Seen(recorder)
    recorder.finish(of_many_texts())
    assert list(seen.statements().values()) == [3_000]


def test_what_waits_is_forgotten_with_the_window(recorder):
    seen = Seen(recorder)
    recorder.finish(of_many_texts())
    seen.forget()
    assert seen.statements() == {}


def test_a_text_first_seen_in_a_window_that_was_forgotten_is_handed_out_with_the_next():
    """The store never got it, and a statement without a text is a riddle."""
    recorder = recorders.Recorder()
    recorder.finish(finished(statements=1))
    recorder.discard()
    recorder.finish(finished(statements=1))
    assert list(recorder.take(0, {}).texts.values()) == ["select a from t"]


def test_nothing_is_started_before_the_first_use_and_then_once(recorder):
    started = []
    recorder.on_first_use = lambda: started.append(True)
    recorder.note(windows.Event(windows.WARNING, 0, {}))
    assert started == []
    for _ in range(200):
        recorder.finish(finished())
    recorder.background("select 1", 1)
    assert started == [True]


def test_a_statement_alone_is_a_first_use_too(recorder):
    started = []
    recorder.on_first_use = lambda: started.append(True)
    recorder.background("select 1", 1)
    assert started == [True]


def test_requests_are_queued_and_folded_together(recorder):
    recorder.finish(finished())
    for queued in range(1, recorders.FOLD_EVERY):
        recorder.finish(finished())
        assert len(recorder.pending) == queued
    recorder.finish(finished())
    assert not recorder.pending


def test_a_full_window_asks_to_be_flushed_before_its_time():
    recorder = recorders.Recorder(limits.Limits(max_window_bytes=200_000))
    asked = []
    recorder.on_full = lambda: asked.append(True)
    for number in range(100):
        recorder.finish(finished(f"/{number}"))
    assert not asked
    for number in range(100):
        recorder.finish(finished(f"/other/{number}"))
    assert asked


def test_a_slow_statement_in_the_background_is_an_event(recorder):
    recorder.background("select a from t", 2_000 * MS, call_site="jobs.py:3")
    recorder.background("select a from t", 2 * MS)
    (event,) = recorder.take(0, {}).events
    assert (event.kind, event.body["call_site"]) == (windows.SLOW_STATEMENT, "jobs.py:3")


def test_discard_forgets_what_is_queued_and_what_is_folded(recorder):
    for _ in range(70):
        recorder.finish(finished())
    recorder.discard()
    window = recorder.take(0, {})
    assert (window.tallies, window.traces, window.events) == ({}, (), ())


def test_own_cost_is_counted(recorder):
    recorder.add_own_cost(1_000)
    recorder.finish(finished())
    assert recorder.take(0, {}).counters[windows.OWN_COST, "cpu"] > 1_000
    assert recorder.take(0, {}).counters.get((windows.OWN_COST, "cpu"), 0) < 1_000_000


def test_texts_are_sent_again_when_asked(recorder):
    for texts in (1, 0):
        recorder.background("select a from t", 1)
        assert len(recorder.take(0, {}).texts) == texts
    recorder.resend_texts()
    recorder.background("select a from t", 1)
    assert len(recorder.take(0, {}).texts) == 1


FORK = """
import json, os, sys
from paceline.telemetry import flusher, recorder, records as r, window
from tests.fix_observed import eventually

class Written:
    def __init__(self): self.windows = []
    def write(self, part): self.windows.append(part)

def finish(route):
    record = r.new(0, "GET")
    record[r.END] = record[r.FIRST_BYTE] = 5
    record[r.STATUS], record[r.FLAGS], record[r.ROUTE] = 200, 0, route
    made.finish(record)

def report():
    thread = made_flusher._thread
    ran = made_flusher.stop()
    found = [[w.worker, key[2], tally.count] for w in store.windows for key, tally in w.tallies.items()
             if key[0] == window.REQUEST]
    os.write(1, json.dumps({"pid": os.getpid(), "worker": made.worker, "flushed": ran, "found": found}).encode() + b"\\n")

store, made = Written(), recorder.Recorder()
made_flusher = flusher.Flusher(made, store)
for _ in range(3):
    finish("/parent")
made_flusher._backlog.append(window.Window(made.worker, 0, {("request", "GET", "/backlog", "ok"): window.Tally(1, 1, 1, b"")}))
if sys.argv[1] == "locked":
    made._lock.acquire()  # as if another thread were folding at the moment of the fork
pid = os.fork()
if pid == 0:
    finish("/child")
    report()
    os._exit(0)
os.waitpid(pid, 0)
if sys.argv[1] == "locked":
    made._lock.release()
report()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("lock", ["free", "locked"])
def test_a_child_after_a_fork_begins_clean(lock):
    """It has its own name and flush thread; what the parent had counted, queued or not yet written stays the parent's."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK, lock], capture_output=True, text=True, check=True, timeout=20
    )
    child, parent = map(json.loads, ran.stdout.splitlines())
    assert child["worker"] == str(child["pid"]) != parent["worker"] == str(parent["pid"])
    assert child["found"] == [[child["worker"], "/child", 1]]
    assert sorted(parent["found"]) == [[parent["worker"], "/backlog", 1], [parent["worker"], "/parent", 3]]
    assert child["flushed"]
    assert parent["flushed"]


def test_limits_change_while_requests_run(recorder, seen):
    def visit(route):
        recorder.finish(finished(route))

    for _ in range(2):
        visit("/a")
        visit("/b")
    seen.look()
    seen.forget()
    recorder.change_limits(slow_statement_ns=1, slow_response_ns=1_000, excluded_routes=frozenset({"/a"}))
    visit("/a")
    visit("/b")
    assert seen.requests() == {("GET", "/b", "ok"): 1}
    assert [event.kind for event in seen.events] == ["slow_response"]
    recorder.change_limits(slow_statement_ns=1, slow_response_ns=10**9, excluded_routes=frozenset())
    seen.forget()
    visit("/a")
    assert seen.requests() == {("GET", "/a", "ok"): 1}
    assert seen.events == []


def test_folding_that_takes_long_is_shared_among_requests_and_nothing_is_lost(recorder, monkeypatch):
    """Each record takes 1 ms, as one with statements never seen before: 128 at once would hold one request for long."""
    now = [0]
    monkeypatch.setattr(recorders.time, "perf_counter_ns", lambda: now[0])
    seen, fold, batches = Seen(recorder), recorder._folding.fold, []

    def slow_fold(batch):
        batches.append(len(batch))
        now[0] += len(batch) * MS
        fold(batch)

    monkeypatch.setattr(recorder._folding, "fold", slow_fold)
    for _ in range(3 * recorders.FOLD_EVERY):
        recorder.finish(finished())
    assert batches[:3] == [1, recorders.FOLD_EVERY, 5]
    assert set(batches[2:]) <= {5, 10}
    seen.look()
    assert sum(value[0] for key, value in seen.tallies.items() if key[0] == windows.REQUEST) == 384
