"""Several worker processes share one store: every request is counted once, and a process that dies takes little along."""

import os
import signal
import sys
import time
from collections import Counter

import pytest
from tests.fix_observed import eventually
from tests.fix_workers import serving

from paceline.engine import service
from paceline.telemetry import settings
from paceline.telemetry.store import interface, opening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="worker processes are a matter of production")


@pytest.fixture
def store(tmp_path):
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="workers")
    yield made
    made.close()


def counted(store):
    """Return the requests by worker, and all together."""
    whole = store.read(interface.Range(0, 2**50))
    found = {}
    for worker in whole.workers:
        part = store.read(interface.Range(int(time.time() * 1_000) - 600_000, 2**50, worker=worker))
        found[int(worker)] = sum(one.count for one in part.of_kind("request").values())
    return found, sum(one.count for one in whole.of_kind("request").values())


def test_every_request_counts_exactly_once_after_both_have_left(tmp_path, store):
    with serving(tmp_path) as (process, ask, answered):
        for number in range(300):
            answered[ask(number)] += 1
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        took = time.monotonic() - began
    found, total = counted(store)
    assert total == sum(answered.values())
    assert found == dict(answered)
    assert took < 2 + 1  # the promise of 2 s for a worker, and what uvicorn's supervisor takes to see it
    assert store.status().lease_holder is None
    asked = service.Service(store, settings.TelemetrySettings(service="workers"))
    assert [each.live for each in asked.memory_stats().workers] == [False, False]  # both said so as they left


def test_a_worker_that_is_killed_loses_its_last_window_at_the_most(tmp_path, store):
    with serving(tmp_path) as (process, ask, answered):
        for number in range(100):
            answered[ask(number)] += 1
        before = sum(answered.values())
        eventually(lambda: counted(store)[1] == before)  # the flush of the interval they ran in
        victim, survivor = answered
        late = Counter(ask(number) for number in range(20))
        os.kill(victim, signal.SIGKILL)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    found, total = counted(store)
    assert found[victim] >= answered[victim]
    assert found[survivor] == answered[survivor] + late[survivor]
    assert before + late[survivor] <= total <= before + sum(late.values())
