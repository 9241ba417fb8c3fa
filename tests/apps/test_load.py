"""Load against a real uvicorn in its own process: every request is accounted for, and a stall is seen by all it hit."""

import asyncio
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import urllib.request

import pytest

from paceline.prove import load
from paceline.prove.load import plan, results, scenario, schedule, worker

SERVER = pathlib.Path(__file__).with_name("load_server.py")
GET_OK = scenario.Request("GET", "/ok")
EVERY_KIND = (
    GET_OK,
    scenario.Request("GET", "/missing"),
    scenario.Request("GET", "/broken"),
    scenario.Request("GET", "/empty"),
    scenario.Request("GET", "/unchanged"),
    scenario.Request("GET", "/closing"),
    scenario.Request("GET", "/large"),
    scenario.Request("GET", "/chunked"),
    scenario.Request("GET", "/slow"),
    scenario.Request("HEAD", "/ok"),
    scenario.Request("HEAD", "/large"),
    scenario.Request("HEAD", "/chunked"),
    scenario.Request("POST", "/echo", b"y" * 200_000),
    scenario.Request("DELETE", "/closing"),
)


@contextlib.contextmanager
def serving(*options):
    process = subprocess.Popen([sys.executable, *options, str(SERVER)], stdout=subprocess.PIPE, text=True)
    try:
        yield process, f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def server():
    with serving() as started:
        yield started


def seen_by(url):
    with urllib.request.urlopen(f"{url}/seen", timeout=5) as answer:
        return json.load(answer)


@pytest.fixture(params=["httptools", "own parser"])
def each_parser(request, monkeypatch):
    """The second one is what runs where httptools is not installed."""
    if request.param == "own parser":
        monkeypatch.setitem(sys.modules, "httptools", None)
        monkeypatch.delitem(sys.modules, "paceline.prove.load.httptools", raising=False)
        monkeypatch.delattr(load, "httptools", raising=False)


def test_what_was_sent_is_what_the_server_saw(each_parser, server):
    """Of every kind of response, and with connections closed on the way."""
    _, url = server
    rounds = 20
    arrivals = schedule.poisson(400, 0.7 * rounds / 10, seed=1)[: rounds * len(EVERY_KIND)]

    report = results.LoadReport.of(worker.run_load(plan.Plan(arrivals, scenario.Cycle(EVERY_KIND), url)))

    assert report.total.sent == report.total.completed == rounds * len(EVERY_KIND)
    assert (report.total.errors, report.retries, report.queued) == ({}, 0, 0)
    assert seen_by(url) == {request.label: rounds for request in EVERY_KIND}
    assert report.total.status_codes == {
        "200": 9 * rounds, "201": rounds, "204": rounds, "304": rounds, "404": rounds, "500": rounds,
    }  # fmt: skip
    rows = {row.label: row for row in report.labels}
    assert rows["GET /large"].received_bytes > 300_000 * rounds
    assert rows["HEAD /large"].received_bytes < 1_000 * rounds
    assert rows["GET /slow"].service.p50_ms >= 100


def test_a_stall_is_seen_by_everyone_who_arrived_during_it(server):
    """The process stands still twice for half a second; a quarter of the arrivals of four seconds fall into it.

    Two runs load it at once: one may open what it needs, the other has a single connection. Both must tell it in
    response time. In the service time of the single connection it all but vanishes: two requests were under way, the
    hundred others had not been sent yet. That view is what closed-loop tools report.
    """
    _, url = server
    urllib.request.urlopen(f"{url}/stalls", timeout=5).close()
    arrivals = schedule.constant(100, 4)

    async def both():
        plans = [plan.Plan(arrivals, scenario.Cycle((GET_OK,)), url, connections=most) for most in (256, 1)]
        return await asyncio.gather(*(worker.run(orders) for orders in plans))

    for counted in asyncio.run(both()):
        total = counted.total()
        assert total.completed == total.response.count == 400
        assert 300 <= total.response.quantile(0.99) / 1e6 <= 1_000
        assert total.response.quantile(0.50) / 1e6 < 100
        assert 50 <= total.response.count_above(100_000_000) <= 200  # truth: 80 waited more than 0.1 s

    alone = results.LoadReport.of(counted)
    assert alone.connections == 1
    assert alone.queued >= 50
    assert counted.total().service.count_above(100_000_000) <= 10  # truth: 2
    assert alone.total.service.p95_ms < alone.total.response.p95_ms / 2


def test_a_server_killed_in_the_middle_leaves_nothing_unaccounted(server):
    process, url = server
    timer = threading.Timer(0.5, process.kill)
    timer.start()

    orders = plan.Plan(schedule.constant(300, 1.2), scenario.Cycle((GET_OK, EVERY_KIND[8])), url, timeout_s=5)
    total = results.LoadReport.of(worker.run_load(orders)).total
    timer.join()

    assert total.sent == 360
    assert 1 <= total.completed <= 300
    assert total.completed + sum(total.errors.values()) == 360
    assert total.errors["connect"] >= 50
    assert set(total.errors) <= {"connect", "reset"}


def test_without_uvloop_the_plain_event_loop_serves(server, monkeypatch):
    _, url = server
    monkeypatch.setitem(sys.modules, "uvloop", None)

    counted = worker.run_load(plan.Plan(schedule.constant(200, 0.5), scenario.Cycle(EVERY_KIND[:8]), url))

    assert counted.total().completed == sum(seen_by(url).values()) == 100


INTERRUPTED = """
import sys
from paceline.prove.load import plan, scenario, schedule, worker

def told(progress):
    print("running", flush=True)

steps = scenario.Cycle((scenario.Request("GET", "/ok"),))
counted = worker.run_load(plan.Plan(schedule.constant(100, 60), steps, sys.argv[1]), on_progress=told)
print("completed", counted.total().completed, flush=True)
"""


def test_ctrl_c_ends_a_run_with_the_results_so_far(server):
    _, url = server
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED, url], stdout=subprocess.PIPE, text=True) as generator:
        assert generator.stdout.readline() == "running\n"
        os.kill(generator.pid, signal.SIGINT)
        rest = generator.stdout.read()

    assert generator.returncode == 0
    assert 20 <= int(rest.split()[-1]) <= 3_000
