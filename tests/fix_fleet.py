"""A service of four worker processes under a real supervisor, what each of them served, and what the store has of it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests import fix_cli
from tests.fix_observed import eventually

from paceline.telemetry import window as windows
from paceline.telemetry.store import interface, opening

WORKERS = 4
OPERATOR_TOKEN = "operator-token-of-the-fleet"
PYTHON = sys.executable
COMMANDS = {
    "uvicorn": [
        *("-m", "uvicorn", "tests.apps.fleet_app:app", "--workers", "4", "--log-level", "critical"),
        # A worker that takes longer to start ends the reload; on a busy machine the default of 5 s is short.
        *("--timeout-worker-healthcheck", "30", "--port"),
    ],
    "gunicorn": [
        *("-m", "gunicorn", "tests.apps.fleet_app:app", "--worker-class", "uvicorn_worker.UvicornWorker"),
        *("--workers", "4", "--log-level", "critical", "--bind"),
    ],
}
ROUTE = "/hits/{number}"
GENEROUS_S = 5.0
"""No answer may take longer: far above what a busy machine needs, well below what the store is locked."""
LEAVES_S = 5.0
"""What a service may take to end: the promised 2 s of a worker, and what its supervisor and a busy machine add."""


class Fleet:
    """Four workers of one server, which `prefix` starts; `home` is where they see the folder of their store."""

    def __init__(self, server, folder, *, prefix=(), home=None, more=None):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.folder = folder
        self.log = folder / "log"
        where = f"127.0.0.1:{self.port}" if server == "gunicorn" else str(self.port)
        environ = fix_cli.environment(
            folder,
            FLEET_FOLDER=str(folder),
            FLEET_STORE=f"sqlite:///{home or folder}/state/a.db",
            PACELINE_OPERATOR_TOKEN=OPERATOR_TOKEN,
            PYTHONWARNINGS="ignore",
            **(more or {}),
        )
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*prefix, PYTHON, *COMMANDS[server], where], env=environ, stdout=log, stderr=log
            )
        self.home = Path(f"/proc/{self.process.pid}/root{home}") if home else folder
        self.path = self.home / "state" / "a.db"
        self.answered = Counter()

    def ask(self, path, method="GET", *, timeout_s=GENEROUS_S):
        """Return status and body of an answer on a connection of its own, which one worker or another gets."""
        headers = {"Connection": "close", "Authorization": f"Bearer {OPERATOR_TOKEN}"}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)) as connection:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def hit(self, number=7):
        """Ask once; the answer must be right, and count for the worker that gave it."""
        status, body = self.ask(f"/hits/{number}")
        assert (status, body["square"]) == (200, number * number)
        self.answered[str(body["worker"])] += 1

    def hit_for(self, seconds):
        """Go on asking for a while, and until every worker has answered; return who did how often."""
        before, until = self.answered.copy(), time.monotonic() + seconds
        number = 0
        while time.monotonic() < until or len(self.answered - before) < WORKERS:
            self.hit(number := number + 1)
            time.sleep(0.005)
            assert time.monotonic() < until + 20, "some worker never answers"
        return self.answered - before

    def ready(self, *but):
        """Wait until four workers answer, other than these; return their ids."""
        found = set()

        def all_answer():
            with contextlib.suppress(OSError, http.client.HTTPException):
                found.add(self.ask("/ready")[1])
            found.difference_update(but)
            return len(found) >= WORKERS

        eventually(all_answer, patience_s=60)
        return found

    def served(self):
        """Return when each worker served (UTC epoch ns), as it wrote down itself."""
        return {
            path.stem: [at_ns for (at_ns,) in struct.iter_unpack("q", path.read_bytes())]
            for path in self.folder.glob("*.served")
        }

    @contextlib.contextmanager
    def store(self, name="a.db"):
        """Open the store as another process of the service does."""
        made = opening.open_store(f"sqlite:///{self.path.with_name(name)}", service="fleet")
        try:
            yield made
        finally:
            made.close()

    def counted(self, name="a.db"):
        """Return the requests in the store by worker."""
        if not self.path.with_name(name).exists():  # to open it would make it
            return {}
        with self.store(name) as store:
            since_ms = int(time.time() * 1_000) - 3_000_000
            found = {}
            for worker in store.read(interface.Range(since_ms, 2**50)).workers:
                read = store.read(interface.Range(since_ms, 2**50, worker=worker, kinds=(windows.REQUEST,)))
                count = sum(tally.count for key, tally in read.of_kind(windows.REQUEST).items() if key[2] == ROUTE)
                found.update({worker: count} if count else {})
            return found

    def health(self):
        """Return what a worker says about health: the status code, and the checks by name."""
        status, body = self.ask("/performance/health")
        return status, {check["name"]: check for check in body["checks"]}

    def collect(self):
        """Have garbage collected in all workers; return the job, whose owner is whoever got the request."""
        status, job = self.ask("/performance/memory/gc", "POST")
        assert status == 202, job
        return job

    def leave(self):
        """Tell the service to end, and wait until it has; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def end(self):
        """End what is left of it, workers first: a supervisor that is killed leaves them behind."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError):
            for pid in children.read_text().split():
                os.kill(int(pid), signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
