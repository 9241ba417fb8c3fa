"""`paceline run` before real servers: every request is counted once, and the command behaves as it does alone."""

from __future__ import annotations

import contextlib
import http.client
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests import fix_cli
from tests.fix_observed import eventually

from paceline.telemetry.store import interface, opening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="web servers with workers are a matter of production")

APP = Path(__file__).with_name("run_app.py")
REQUESTS = 40
PYTHON = sys.executable


class Service:
    """A server in a process group of its own, and how many requests it has answered."""

    def __init__(self, folder, command, *, watched, **more):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        command = [part.replace("PORT", str(self.port)) for part in command]
        if watched:
            command = [PYTHON, "-m", "paceline", "run", "--store", f"sqlite:///{folder}/run.db", "--", *command]
        self.answered = 0
        self.inner = 0
        self.pids = set()
        self.log = folder / f"{self.port}.log"
        environment = fix_cli.environment(folder, PYTHONUNBUFFERED="1", PYTHONWARNINGS="ignore", **more)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)

    def get(self, path):
        """Return what a request of its own connection is answered: the worker's process id."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request("GET", path)
            pid = int(connection.getresponse().read())
        self.pids.add(pid)
        return pid

    def hit(self):
        """Ask once; return whether there was an answer."""
        try:
            self.get(f"/hits/{self.answered}")
        except (OSError, http.client.HTTPException):
            return False
        self.answered += 1
        return True

    def ready(self, workers=1):
        """Ask until so many workers have answered."""
        eventually(lambda: (self.hit() or time.sleep(0.05)) and len(self.pids) >= workers, patience_s=30)
        return self

    def end(self):
        """Tell it to leave and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def said(self):
        """Return what it printed, without numbers and order: both are different each time."""
        lines = [re.sub(r"[0-9.]+", "#", line).rstrip() for line in self.log.read_text().splitlines()]
        return sorted({line for line in lines if "/hits/" not in line and "/inner/" not in line})


@pytest.fixture
def start(tmp_path):
    """Start servers of the application in a folder of the test's own."""
    shutil.copy(APP, tmp_path / "shop.py")
    started = []

    def begin(command, *, watched=True, **more):
        started.append(Service(tmp_path, command, watched=watched, **more))
        return started[-1]

    yield begin
    for service in started:
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()


def counted(folder, name="run.db"):
    """Return the requests in the store by route."""
    store = opening.open_store(f"sqlite:///{folder}/{name}", service="run")
    try:
        found = {}
        for key, tally in store.read(interface.Range(0, 2**50)).of_kind("request").items():
            found[key[2]] = found.get(key[2], 0) + tally.count
        return found
    finally:
        store.close()


UVICORN = [PYTHON, "-m", "uvicorn", "--port", "PORT"]
GUNICORN = [PYTHON, "-m", "gunicorn", "--bind", "127.0.0.1:PORT", "--worker-class"]
GRANIAN = [PYTHON, "-m", "granian", "--interface", "asgi", "--port", "PORT"]
ALONE = {
    "uvicorn": [str(Path(PYTHON).with_name("uvicorn")), "shop:app", "--port", "PORT"],
    "python app.py": [PYTHON, "shop.py", "PORT"],
    "gunicorn": [*GUNICORN, "uvicorn_worker.UvicornWorker", "shop:app"],
    "granian": [*GRANIAN, "shop:app"],
}
WATCHED = {
    **ALONE,
    "uvicorn --workers": [*UVICORN, "shop:app", "--workers", "2"],
    "gunicorn": [*GUNICORN, "uvicorn_worker.UvicornWorker", "--workers", "2", "shop:app"],
    "granian": [*GRANIAN, "--workers", "2", "shop:app"],
    "python -m uvicorn --factory": [*UVICORN, "--factory", "shop:make"],
    "gunicorn --preload": [*GUNICORN, "uvicorn.workers.UvicornWorker", "--workers", "2", "--preload", "shop:app"],
}


def numbers_are_exact(service, folder):
    """Send requests to an application and to one below it, end the server; every request counts once."""
    for number in range(REQUESTS):
        assert service.hit()
        service.inner += number % 4 == 0 and bool(service.get("/inner/deep"))
    code = service.end()
    assert counted(folder) == {"/hits/{number}": service.answered, "/inner/deep": service.inner}, (
        service.log.read_text()
    )
    return code


@pytest.mark.parametrize("name", WATCHED)
def test_every_request_counts_once_and_the_command_behaves_as_it_does_alone(name, start, tmp_path):
    """The same server runs beside it without paceline: what SIGTERM does and what is printed is the same."""
    watched = start(WATCHED[name])
    alone = start(ALONE[name], watched=False) if name in ALONE else None
    watched.ready(workers=2 if "2" in WATCHED[name] else 1)
    code = numbers_are_exact(watched, tmp_path)
    if alone is not None:
        assert alone.ready().end() == code
        assert watched.said() == alone.said()


def test_after_a_change_of_code_the_new_process_is_watched(start, tmp_path):
    """With --reload; the supervisor itself has no thread of ours and no store."""
    service = start([*UVICORN, "shop:app", "--reload", "--reload-delay", "0.1"]).ready()
    shop = tmp_path / "shop.py"
    shop.write_text(shop.read_text().replace("/inner/deep", "/inner/deeper").replace("return app", "return None"))
    eventually(lambda: service.hit() and len(service.pids) == 2, patience_s=30)
    assert service.process.pid not in service.pids
    assert len(list(Path(f"/proc/{service.process.pid}/task").iterdir())) == 1
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(30)
    assert counted(tmp_path) == {"/hits/{number}": service.answered}


def test_an_application_that_installs_paceline_itself_is_measured_once(start, tmp_path):
    """Its own words count: the service and store that it names."""
    own = f"""
from paceline import Paceline
Paceline(store="sqlite:///{tmp_path}/own.db").install(app)
"""
    shop = tmp_path / "shop.py"
    shop.write_text(shop.read_text() + own)
    service = start([*UVICORN, "shop:app"]).ready()
    for _ in range(3):
        assert service.hit()
    service.end()
    assert not (tmp_path / "run.db").exists()
    assert counted(tmp_path, "own.db") == {"/hits/{number}": service.answered}


def test_disabled_the_command_runs_alone(start, tmp_path):
    """Nothing is counted and no file is made."""
    service = start([*UVICORN, "shop:app"], PACELINE_DISABLE="1").ready()
    service.end()
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.is_file()) == [".log", ".py"]
