"""The sample shop behind one worker and behind four, after the same kind of traffic; and three ways to ask about it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import subprocess
import threading
from collections import Counter
from concurrent import futures
from dataclasses import dataclass, field, replace

import httpx
import psycopg
import pytest
from tests import fix_cli
from tests.fix_observed import eventually

from paceline import Paceline
from paceline.demo import census, mistakes, processes, sending, switching, watched
from paceline.demo.data import generate
from paceline.engine.answers import json_form
from paceline.prove.load import plan, results, schedule, worker

VIEWER = {"Authorization": f"Bearer {'v' * 32}"}
OPERATOR = {"Authorization": f"Bearer {'o' * 32}"}
TOKENS = {"PACELINE_VIEWER_TOKEN": "v" * 32, "PACELINE_OPERATOR_TOKEN": "o" * 32}
RATE_PER_S, SECONDS = 40.0, 3.0
LOCKED_S = 2.0
"""So long that whoever comes within half a second waits longer than the slow threshold of statements."""
WAITED = "GET /products/{product_id}/reviews"
"""Two requests for it wait for a lock, so each has one slow statement on any machine."""
UNCOUNTED = "GET /health"
"""Asked by the visitors too, and excluded by default."""
MOVING = {"range", "at", "uptime_seconds", "requests_per_second", "statements_per_second", "per_second"}
MOVING |= {"waiting_seconds_per_hour", "unavailable"}
"""Fields that depend on the moment of the question."""


@dataclass
class Shop:
    """A shop that runs, what its visitors counted, and the ways to ask about it."""

    workers: int
    port: int
    store: str
    dsn: str
    folder: object
    since: str = ""
    sent: results.LoadReport | None = None
    python: Paceline | None = None
    client: httpx.Client = field(default_factory=httpx.Client)

    def rest(self, path, method="GET", headers=OPERATOR, **options):
        """Ask on a connection of its own, so that any worker may be the one that answers."""
        sent = {**headers, "Connection": "close"}
        return self.client.request(
            method, f"http://127.0.0.1:{self.port}/performance{path}", headers=sent, timeout=20, **options
        )

    def answer(self, path, **parameters):
        """Return what REST says, as JSON, over the time of the traffic."""
        asked = self.rest(path, params=parameters or None)
        assert asked.status_code == 200, asked.text
        return asked.json()

    def visit(self, path, method="GET", **options):
        """Be one more visitor."""
        return self.client.request(method, f"http://127.0.0.1:{self.port}{path}", **options)

    def command(self, *arguments):
        """Run a command beside the shop."""
        more = {**TOKENS, "PACELINE_DSN": self.dsn}
        return fix_cli.paceline(self.folder, *arguments, "--store", self.store, "--service", watched.SERVICE, more=more)

    @property
    def pids(self):
        """Return the names of its workers."""
        return {one["worker"] for one in self.answer("/overview")["system"]["workers"]}

    @property
    def left(self):
        """Return how many left before they had their answer; the shop answered all the same."""
        return 1

    @property
    def counted(self):
        """Return the requests that came and are counted, by method and route."""
        sent = Counter({row.label: row.sent for row in self.sent.labels if row.label != UNCOUNTED})
        return dict(sent + Counter({WAITED: 2}))

    @property
    def codes(self):
        """Return what the visitors were answered, by status code."""
        seen = Counter({"200": 2})
        for row in self.sent.labels:
            seen.update(row.status_codes if row.label != UNCOUNTED else {})
        return dict(seen)

    def finished(self, accepted):
        """Return a job once it is over, asked for where its 202 answer says."""
        assert accepted.status_code == 202, accepted.text
        where = accepted.headers["location"].removeprefix("/performance")
        return eventually(lambda: (job := self.answer(where))["state"] not in {"queued", "running"} and job, 20)


class Patient(sending.ShopScenario):
    """The shop's visitors, but nobody leaves early: what the shop makes of those depends on the machine."""

    def requests(self):
        for request in super().requests():
            yield replace(request, abandon_after_s=None)


def told(value):
    """Return an answer of Python's as REST would say it."""
    return json_form.to_json(value)


def settled(value):
    """Return an answer without what depends on the moment of the question."""
    if isinstance(value, dict):
        return {name: settled(part) for name, part in value.items() if name not in MOVING}
    return [settled(part) for part in value] if isinstance(value, list) else value


def missing(answer, promised):
    """Return the promised fields that an answer lacks: `a.b` is in an object, `a[].b` in the first row of a list."""
    return [path for path in promised if not _has(answer, path.split("."))]


def _has(answer, path):
    if not path:
        return True
    name, is_list = path[0].removesuffix("[]"), path[0].endswith("[]")
    if not isinstance(answer, dict) or name not in answer:
        return False
    inner = answer[name]
    return _has(inner[0], path[1:]) if is_list and inner else not is_list and _has(inner, path[1:])


def prepared(dsn):
    """Make the shop's data with all mistakes; return what visitors know of it."""

    async def prepare():
        await generate.generate(dsn, scale=0.02)
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE SCHEMA warehouse")
            connection.execute("CREATE TABLE warehouse.shelves (id integer PRIMARY KEY)")
        async with processes.engines.engine_of(dsn) as engine:
            await switching.apply_mistakes(engine, mistakes.ALL)
        return await census.read_population(dsn)

    return asyncio.run(prepare())


@contextlib.contextmanager
def running(folder, dsn, workers):
    """Serve the watched shop; yield it once all its workers report to the store."""
    folder.mkdir()
    listener = processes.listen(0)
    shop = Shop(workers, listener.getsockname()[1], f"sqlite:///{folder}/shop.db", dsn, folder)
    environ = {"PACELINE_STORE": shop.store, "PACELINE_DSN": dsn, "PACELINE_SHOP_DSN": dsn, **TOKENS}
    with (folder / "log").open("wb") as log, listener:
        process = subprocess.Popen(
            [*processes.uvicorn_command(listener.fileno()), "--workers", str(workers)],
            pass_fds=(listener.fileno(),),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=fix_cli.environment(folder, **environ),
            cwd=folder,
        )
    try:
        yield shop, lambda: eventually(lambda: _reporting(shop) == workers, 30)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()
        shop.client.close()


def _reporting(shop):
    with contextlib.suppress(httpx.TransportError, KeyError):
        return len(shop.rest("/overview").json()["system"]["workers"])
    return 0


def visited(shops, knows):
    """Let visitors come to all shops at once; return when all that they sent is in the stores."""
    since = dt.datetime.now(dt.UTC).isoformat()
    with futures.ThreadPoolExecutor() as hands:
        with _locked_reviews(shops[0].dsn):
            list(hands.map(_wait_for_the_lock, shops))
        for shop, sent in zip(shops, hands.map(lambda shop: _traffic(shop, knows), shops), strict=True):
            shop.since, shop.sent = since, sent
    eventually(lambda: all(_is_stored(shop) for shop in shops), 10)


def _is_stored(shop):
    return shop.answer("/api/stats", since=shop.since)["total_requests"] >= sum(shop.counted.values())


def _wait_for_the_lock(shop):
    """Be two visitors of a table that is locked: one leaves before the answer is there, one waits for it."""
    with httpx.Client() as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.get(f"http://127.0.0.1:{shop.port}/products/17/reviews", timeout=0.4)
    assert shop.visit("/products/17/reviews", timeout=10).status_code == 200


def _traffic(shop, knows):
    arrivals = schedule.poisson(RATE_PER_S, SECONDS, seed=shop.workers)
    orders = plan.Plan(arrivals, Patient(shop.workers, knows), f"http://127.0.0.1:{shop.port}")
    return results.LoadReport.of(worker.run_load(orders))


@contextlib.contextmanager
def _locked_reviews(dsn):
    with psycopg.connect(dsn) as connection:
        connection.execute("LOCK TABLE reviews")
        release = threading.Timer(LOCKED_S, connection.rollback)
        release.start()
        yield
        release.join()


def two_shops(dsn, folder):
    """Yield the shop behind one worker and behind four, by the number of workers."""
    knows = prepared(dsn)
    with contextlib.ExitStack() as open_now:
        started = [open_now.enter_context(running(folder / str(workers), dsn, workers)) for workers in (1, 4)]
        for shop, wait_for_all in started:
            shop.python = Paceline(service=watched.SERVICE, store=shop.store, dsn=dsn)
            open_now.callback(shop.python.stop)
            wait_for_all()
        visited([shop for shop, _ in started], knows)
        yield {shop.workers: shop for shop, _ in started}
