"""Commands and live settings with two real workers: they reach both, whoever was asked, and those that come later."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest
from tests import fix_workers
from tests.fix_observed import eventually

from paceline.engine import jobs
from paceline.telemetry.store import interface, opening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="worker processes are a matter of production")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Two workers that both report, their ids, and a client with the operator's token."""
    folder = tmp_path_factory.mktemp("workers")
    store = opening.open_store(f"sqlite:///{folder}/a.db", service="workers")
    with fix_workers.serving(folder) as (_, ask, answered):
        headers = {"Authorization": f"Bearer {fix_workers.OPERATOR_TOKEN}", "Connection": "close"}
        with httpx.Client(base_url=f"http://127.0.0.1:{ask.port}/performance", headers=headers) as client:
            pids = {str(pid) for pid in answered}
            eventually(lambda: pids <= live(store), patience_s=10)
            yield client, ask, pids, store
    store.close()


def live(store):
    now_ms = int(time.time() * 1_000)
    return set(store.read(interface.Range(now_ms - 12_000, now_ms, None, ("memory.rss",))).workers)


def finished(client, accepted):
    """Return a job once it is over, asked for where its 202 answer says."""
    assert accepted.status_code == 202, accepted.text
    assert accepted.headers["location"] == f"/performance/jobs/{accepted.json()['id']}"

    def over():
        job = client.get(f"/jobs/{accepted.json()['id']}").json()
        return job if job["state"] not in {"queued", "running"} else None

    return eventually(over, patience_s=20)


def test_a_collection_runs_in_every_worker_or_in_one(running):
    client, _, pids, _ = running
    chosen = min(pids)
    everywhere, there = client.post("/memory/gc"), client.post(f"/memory/gc?worker={chosen}")
    job = finished(client, everywhere)
    assert (job["state"], job["kind"], job["by"], job["error"]) == ("done", "collect_garbage", "operator", None)
    told = job["result"]["workers"]
    assert set(told) == pids
    for one in told.values():
        assert one["state"] == "done"
        assert one["freed_objects"] >= 0
        assert one["freed_bytes"] == one["rss_before_bytes"] - one["rss_after_bytes"]
        assert one["pause_ms"] > 0
        assert len(one["generations"]) == 3
    assert set(finished(client, there)["result"]["workers"]) == {chosen}
    assert client.post("/memory/gc?worker=nobody").status_code == 404
    entries = client.get("/journal").json()["rows"]
    assert [entry["arguments"] for entry in entries] == [{"worker": chosen}, {"worker": None}]
    assert entries[1]["result"]["workers"] == told


def test_a_threshold_makes_every_worker_warn(running):
    client, _, pids, store = running
    accepted = client.post("/memory/threshold/0.00001")
    changed = client.put("/settings/memory_check_seconds", json={"value": 1})
    assert changed.status_code == 200
    assert changed.json()["workers"] == dict.fromkeys(pids, "applied")
    assert finished(client, accepted)["result"]["workers"] == {pid: {"state": "done"} for pid in pids}
    eventually(lambda: pids <= {event.worker for event in store.events("warning", since_ms=0)}, patience_s=10)
    entry = client.get("/journal?limit=2").json()["rows"][1]
    assert entry["result"]["workers"] == {pid: {"state": "done"} for pid in pids}
    assert entry["undo"] == {"action": "put_setting", "arguments": {"name": "memory_threshold", "value": None}}


def test_a_route_is_excluded_while_it_is_being_asked(running):
    client, ask, pids, _ = running

    def visit():
        seen = set()
        while seen != pids:
            seen.add(httpx.get(f"http://127.0.0.1:{ask.port}/spare/1", headers={"Connection": "close"}).text)

    def counted():
        rows = client.get("/api/stats").json()["slowest_endpoints"]
        return sum(row["count"] for row in rows if row["endpoint"] == "/spare/{number}")

    visit()
    changed = client.put("/settings/exclude_routes", json={"value": ["/spare/{number}"]}).json()
    assert changed["workers"] == dict.fromkeys(pids, "applied")
    before = counted()
    assert before >= 2
    visit()
    finished(client, client.post("/memory/gc"))  # done after a flush, in which they would have been counted
    assert counted() == before


def test_a_job_is_cancelled_through_any_worker(running):
    client, *_, store = running
    owner = jobs.Jobs(store, lambda: "elsewhere", beat_s=0.1)

    def body(run):
        eventually(lambda: run.is_cancelled, patience_s=10)
        raise jobs.Cancelled({"done": 3})

    row = owner.start("test", "ann", body)
    eventually(lambda: client.get(f"/jobs/{row.id}").json()["state"] == "running")
    assert client.post(f"/jobs/{row.id}/cancel").status_code == 202
    over = eventually(lambda: (one := client.get(f"/jobs/{row.id}").json())["state"] == "cancelled" and one)
    assert (over["owner"], over["result"]) == ("elsewhere", {"done": 3})
    again = client.post(f"/jobs/{row.id}/cancel")
    assert again.status_code == 422
    assert "cancelled" in again.json()["detail"]


@contextlib.contextmanager
def dashboard(store, folder):
    """Run `paceline serve` over the workers' store; yield its process id and a client with the operator's token."""
    url = f"sqlite:///{store.status().location}"
    command = [
        sys.executable,
        "-m",
        "paceline",
        "serve",
        "--store",
        url,
        "--service",
        "workers",
        "--port",
        "0",
        "--json",
    ]
    environ = {**os.environ, "XDG_STATE_HOME": str(folder), "PACELINE_OPERATOR_TOKEN": fix_workers.OPERATOR_TOKEN}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        said = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Bearer {fix_workers.OPERATOR_TOKEN}"}
        with httpx.Client(base_url=f"{said['base_url']}/performance", headers=headers) as client:
            yield said["pid"], client
        process.terminate()


def test_the_dashboard_of_its_own_takes_the_duties_and_reaches_all_workers(running, tmp_path):
    client, _, pids, store = running
    assert eventually(lambda: store.status().lease_holder) in pids
    with dashboard(store, tmp_path) as (pid, asked):
        eventually(lambda: store.status().lease_holder == str(pid), patience_s=10)
        job = finished(asked, asked.post("/memory/gc"))
        assert (job["state"], job["owner"], set(job["result"]["workers"])) == ("done", str(pid), pids)
    assert client.get(f"/jobs/{job['id']}").json() == job, "a job is read after its owner has left"
    eventually(lambda: store.status().lease_holder in pids, patience_s=10)


def test_limits_of_the_probe_change_in_all_workers_and_in_those_that_come_later(running):
    client, ask, pids, store = running
    for name, value in (("slow_response_ms", 0.0001), ("slow_log_size", 5_000)):
        assert client.put(f"/settings/{name}", json={"value": value}).json()["workers"] == dict.fromkeys(
            pids, "applied"
        )

    def slow_in(worker):
        ask()
        return any(event.worker == worker for event in store.events("slow_response", since_ms=0, limit=1_000))

    for pid in pids:
        eventually(lambda pid=pid: slow_in(pid), patience_s=10)
    victim = min(pids)
    os.kill(int(victim), signal.SIGKILL)  # the supervisor starts another one

    def newcomers():
        return {str(ask()) for _ in range(5)} - pids

    (newcomer,) = eventually(newcomers, patience_s=20)
    eventually(lambda: slow_in(newcomer), patience_s=10)
    shown = {one["name"]: one for one in client.get("/settings").json()["settings"]}
    assert (shown["slow_response_ms"]["source"], shown["slow_response_ms"]["started"]) == ("live", 200)
    assert "operator_token" not in shown
