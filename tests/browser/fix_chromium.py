"""A headless Chromium, driven over its DevTools protocol on a pipe: no driver, no port, nothing to install but itself."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 20.0
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-pipe",
)
_LAUNCH = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for wanted, pipe in zip((3, 4), pipes):
    os.dup2(pipe, wanted)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The protocol is on descriptors 3 and 4, whatever numbers the pipes have here."""


def found() -> str | None:
    """The path of a Chromium of this machine."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Tab:
    """One page, and everything that the browser said about it."""

    def __init__(self, asking: int, answering: int) -> None:
        self._asking, self._answering = asking, answering
        self._unread = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; events that come meanwhile are kept."""
        self._number += 1
        sent: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            sent["sessionId"] = self._session
        os.write(self._asking, json.dumps(sent).encode() + b"\0")
        until = time.monotonic() + PATIENCE_S
        while True:
            message = self._read(until)
            if message.get("id") == self._number:
                assert "error" not in message, message["error"]
                return message["result"]
            self.events.append(message)

    def _read(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._answering], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"the browser said nothing for {PATIENCE_S} s"
            part = os.read(self._answering, 65_536)
            assert part, "the browser is gone"
            self._unread += part
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def go(self, url: str) -> None:
        """Open an address."""
        self.call("Page.navigate", url=url)

    def value(self, script: str) -> Any:
        """What a script of the tester says; it runs beside the page's own, whose policy does not bind it."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return result["result"].get("value")

    def wait(self, script: str) -> Any:
        """What a script says as soon as it is true."""
        until = time.monotonic() + PATIENCE_S
        while not (seen := self.value(script)):
            assert time.monotonic() < until, (
                f"{script} never came true; the page says {self.value('document.body.innerText')}"
            )
            time.sleep(0.02)
        return seen

    def complaints(self) -> list[str]:
        """Everything that stands in the console as an error or warning, violations of the policy among it."""
        self.value("1")  # what was on its way is here now
        told = []
        for event in self.events:
            body = event.get("params", {})
            if event["method"] == "Log.entryAdded" and body["entry"]["level"] in {"error", "warning"}:
                told.append(body["entry"]["text"])
            elif event["method"] == "Runtime.exceptionThrown":
                told.append(body["exceptionDetails"]["text"])
            elif event["method"] == "Audits.issueAdded" and body["issue"]["code"] != "PerformanceIssue":
                told.append(body["issue"]["code"])
        return told

    def addresses(self) -> set[str]:
        """Everything the page asked for."""
        return {
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"
        }


@contextlib.contextmanager
def browsing(folder: Path) -> Iterator[Tab]:
    """Start a Chromium with a profile of its own, yield a tab, and end it."""
    path = found()
    assert path is not None
    their_input, our_output = os.pipe()
    our_input, their_output = os.pipe()
    sandbox = ("--no-sandbox",) if os.getuid() == 0 else ()
    pipes = (str(their_input), str(their_output))
    process = subprocess.Popen(
        [sys.executable, "-c", _LAUNCH, *pipes, path, *_FLAGS, *sandbox, f"--user-data-dir={folder}", "about:blank"],
        pass_fds=(their_input, their_output),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_input)
    os.close(their_output)
    try:
        yield Tab(our_output, our_input)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(our_output)
        os.close(our_input)
