"""One running PostgreSQL, which never outlives the process that owns it.

The server is a direct child in its own session, so a Ctrl-C in the terminal reaches us first. Against our own
sudden death (kill -9, a crash, the out-of-memory killer) stands a guard: a shell that waits on a pipe which
only we hold open. A line on it dismisses the guard; its end means that we are gone, and the guard stops the
server and removes what was temporary. This was chosen over Linux's parent-death signal, which is sent when the
*thread* that started the server ends, is lost at a change of user and does not exist on macOS. A child that
we fork without exec holds the pipe as well: then the server lives until the last of them is gone.

Should the guard be killed too, the next start in the same folder finds the orphan. Nothing is ever signalled
on the word of a pid file alone: the process must have been started as a server of this very folder.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from paceline import errors
from paceline.postgres.server import folders

if TYPE_CHECKING:
    from collections.abc import Sequence

_STOP_S = 5.0  # patience with a shutdown before the next, ruder one
_START_S = 60.0  # crash recovery of a large folder takes a while
_POLL_S = 0.01
_STATUS_LINE = 7  # of postmaster.pid, see miscadmin.h LOCK_FILE_LINE_PM_STATUS (counted from 1 there)
_SHUTDOWNS = ("SIGINT", "SIGQUIT", "SIGKILL")  # fast, immediate, none; by name, as Windows lacks two of them

_COMPLAINT = re.compile(r"\b(?:FATAL|PANIC|ERROR|error):")

_GUARD = r"""
trap '' HUP INT TERM
data=$1; shift
read -r dismissed && exit 0
ours() {
    if [ -d /proc/self ]; then arguments=$(tr '\000' ' ' <"/proc/$pid/cmdline")
    else arguments=$(ps -p "$pid" -o args=); fi
    case "$arguments " in *" -D $data "*) return 0 ;; esac
    return 1
}
read -r pid <"$data/postmaster.pid" || { sleep 1; read -r pid <"$data/postmaster.pid"; }
for signal in INT QUIT KILL; do
    [ -n "$pid" ] && ours || break
    kill -s "$signal" "$pid"
    tries=50
    while ours && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
done
[ $# -eq 0 ] || rm -rf -- "$@"
"""


class ServerProcess:
    """A server and its guard, from start to stop."""

    def __init__(self, command: Sequence[str], data: Path, account: folders.Account) -> None:
        """Describe a server.

        Args:
            command: Program and settings; `-D` and the data folder are added.
            data: Its data folder, by its real path.
            account: Who runs it.
        """
        self._command = [command[0], "-D", str(data), *command[1:]]
        self._data = data
        self._account = account
        self._server: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running server, None when it does not run."""
        if self._server is None or self._server.poll() is not None:
            return None
        return self._server.pid

    def start(self, log: Path, temporary: Sequence[Path]) -> None:
        """Start guard and server, and wait until it accepts connections.

        Args:
            log: Receives what the server says; the last run's is kept beside it as `*.old`.
            temporary: Folders that the guard removes, should we die.

        Raises:
            ServiceUnavailable: It ends or hangs before that; the message has its own last words.
        """
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "paceline-guard", str(self._data), *map(str, temporary)],
            cwd="/",
            env=folders.server_environment(),
            start_new_session=True,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        if log.exists():
            log.replace(log.with_suffix(".old"))
        with log.open("wb") as output:
            self._server = subprocess.Popen(
                self._command,
                cwd="/",
                env=folders.server_environment(),
                extra_groups=self._account.groups,
                group=self._account.gid,
                start_new_session=True,
                stderr=output,
                stdin=subprocess.DEVNULL,
                stdout=output,
                user=self._account.uid,
            )
        self._wait_until_ready(log)

    def stop(self) -> None:
        """Shut the server down, politely first, and dismiss the guard; no matter in which state they are."""
        server, self._server = self._server, None
        guard, self._guard = self._guard, None
        if server is not None:
            _shut_down(server)
        if guard is not None:
            try:
                guard.communicate(b"dismissed\n", timeout=_STOP_S)
            except subprocess.TimeoutExpired:
                guard.kill()
                guard.wait()

    def _wait_until_ready(self, log: Path) -> None:
        assert self._server is not None
        deadline = time.monotonic() + _START_S
        while _read_pid_file(self._data) != (self._server.pid, "ready"):
            if self._server.poll() is not None:
                raise errors.ServiceUnavailable(f"PostgreSQL did not start: {last_words(_read(log))}")
            if time.monotonic() > deadline:
                raise errors.ServiceUnavailable(
                    f"PostgreSQL is not ready after {_START_S:g} s: {last_words(_read(log))}"
                )
            time.sleep(_POLL_S)


def end_orphan(data: Path) -> None:
    """Stop a server that an earlier run left in this folder, and remove a pid file that would bar a new one.

    The caller holds the folder's lock, so a server found here has lost its owner.

    Raises:
        ServiceUnavailable: It does not stop.
    """
    pid, _ = _read_pid_file(data)
    for shutdown in _SHUTDOWNS:
        if not is_server(pid, data):
            break
        os.kill(pid, signal.Signals[shutdown])
        deadline = time.monotonic() + _STOP_S
        while is_server(pid, data) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
    if is_server(pid, data):
        raise errors.ServiceUnavailable(f"the PostgreSQL with pid {pid} in {data} does not stop: end it by hand")
    if _exists(pid):
        # The number belongs to another process by now: PostgreSQL would take that one for its predecessor.
        (data / "postmaster.pid").unlink(missing_ok=True)


def is_server(pid: int, data: Path) -> bool:
    """Tell whether a live process was started as a PostgreSQL server of this data folder."""
    program, _, arguments = _command_line(pid).partition(" -D ")
    return program.endswith("postgres") and f"{arguments} ".startswith(f"{data} ")


def last_words(said: str) -> str:
    """Return the end of what a server or initdb said as one line: its complaints if any, else the last lines."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    # Without the time and process id in front.
    complaints = [line[found.start() :] for line in lines if (found := _COMPLAINT.search(line))]
    return " | ".join((complaints or lines)[-3:]) or "it said nothing"


def _shut_down(server: subprocess.Popen[bytes]) -> None:
    """Send the next ruder signal as long as the server has not ended; nothing to a server that has."""
    for shutdown in _SHUTDOWNS:
        server.send_signal(signal.Signals[shutdown])
        try:
            server.wait(_STOP_S)
            return
        except subprocess.TimeoutExpired:
            continue


def _read(log: Path) -> str:
    return log.read_text("utf-8", "replace")


def _read_pid_file(data: Path) -> tuple[int, str]:
    """Read process id and status that a server has written; (0, "") when there is none."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
        return int(lines[0]), lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else ""
    except (OSError, ValueError, IndexError):
        return 0, ""


def _command_line(pid: int) -> str:
    """Return a process's program and arguments, with blanks between; empty for none and for a zombie."""
    if pid <= 0:
        return ""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return os.fsdecode(raw).replace("\0", " ").strip()
    found = subprocess.run(
        ["ps", "-p", str(pid), "-o", "args="], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return found.stdout.strip()


def _exists(pid: int) -> bool:
    """Tell whether the process number is taken, by whomever."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
