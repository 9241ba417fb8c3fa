"""A service of two worker processes under uvicorn's own supervisor, and ways to ask it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

OPERATOR_TOKEN = "operator-token-of-the-workers"
VIEWER_TOKEN = "viewer-token-of-the-workers"


def free_port():
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def serving(tmp_path):
    """Run `uvicorn --workers 2`; yield the process of the supervisor, a way to ask, and how often each has answered."""
    port = free_port()
    environ = {
        **os.environ,
        "WORKER_APP_STORE": f"sqlite:///{tmp_path}/a.db",
        "XDG_STATE_HOME": str(tmp_path),
        "PACELINE_OPERATOR_TOKEN": OPERATOR_TOKEN,
        "PACELINE_VIEWER_TOKEN": VIEWER_TOKEN,
    }
    command = [sys.executable, "-m", "uvicorn", "tests.apps.worker_app:app", "--workers", "2", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--log-level", "critical"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def ask(number=0):
        # A connection of its own each time: the kernel gives it to one worker or the other.
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", f"/hits/{number}")
            return int(connection.getresponse().read())

    ask.port = port

    def asked_until_both_answer():
        answered = Counter()
        until = time.monotonic() + 15
        while len(answered) < 2 and time.monotonic() < until:
            with contextlib.suppress(OSError):
                answered[ask()] += 1
        return answered

    try:
        yield process, ask, asked_until_both_answer()
    finally:
        # The whole group: the workers of a supervisor that is killed alone go on for ever.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
