"""The command line as its users have it: real processes, their exit codes and what they print."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from tests import fix_cli
from tests.fix_cli import paceline, start_paceline

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = {"PACELINE_VIEWER_TOKEN": "v" * 32, "PACELINE_OPERATOR_TOKEN": "o" * 32}


@pytest.fixture
def url(tmp_path) -> str:
    """A store that a recorder filled."""
    return fix_cli.fill_store(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "more", "code", "said"),
    [
        (["srve"], {}, 64, "no such command 'srve'. Did you mean 'serve'?"),
        (["top", "--limt", "3"], {}, 64, "Did you mean --limit?"),
        (["top", "--limit", "-1"], {}, 64, "invalid value for '--limit'"),
        (["top", "--limit", "many"], {}, 64, "invalid value for '--limit'"),
        (["serve", "--port", "70000"], {}, 64, "invalid value for '--port'"),
        (["top", "--since", "banana"], {}, 64, "since='banana' is not a time; write it like 15m"),
        (["top", "--store", "postgresql://u:secret@h/db"], {}, 64, "write sqlite:////path/to/file.db"),
        (["top", "--store", "sqlite:///nope.db"], {}, 69, "there is no store at "),
        (["top", "--service", "nope"], {}, 69, "service 'nope' has no store yet"),
        (["serve", "--host", "0.0.0.0"], {}, 64, "PACELINE_VIEWER_TOKEN"),
        (["serve"], {"PACELINE_PREFIX": "no slash"}, 64, "setting prefix: "),
        (["serve", "--store", "sqlite:////proc/nope/shop.db"], {}, 69, "the store cannot be opened"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path, arguments, more, code, said):
    """On standard error, with a code that scripts understand, and without a traceback."""
    done = paceline(tmp_path, *arguments, more=more)

    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.startswith("paceline: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_named(tmp_path, url):
    """With what to do, as exit code 69."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = paceline(tmp_path, "serve", "--store", url, "--port", str(port))

    assert done.returncode == 69
    assert done.stderr == (
        f"paceline: port {port} is in use; give another with --port, or 0 for a free one, or end what uses it\n"
    )


@pytest.mark.parametrize(
    ("package", "command", "extra"),
    [("typer", "top", "cli"), ("rich", "top", "cli"), ("uvicorn", "serve", "web"), ("fastapi", "serve", "web")],
)
def test_a_missing_extra_gives_the_command_that_installs_it(tmp_path, package, command, extra):
    """Simulated by a finder that refuses the package, as if it were not installed."""
    code = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
sys.argv = ["paceline", {command!r}]
from paceline.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=fix_cli.environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 69
    assert done.stderr.count("\n") == 1
    assert f"pip install 'paceline[{extra}]'" in done.stderr


def test_help_imports_no_command(tmp_path):
    """It answers at once, whatever the commands need."""
    code = """
import contextlib, io, sys
from paceline.cli import application
with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
    application.run(["--help"])
print(sorted({name.partition(".")[0] for name in sys.modules} & {"fastapi", "uvicorn", "sqlalchemy", "asyncpg"}))
print([name for name in sys.modules if name.startswith(("paceline.engine", "paceline.cli.serve"))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)

    assert done.stdout == "[]\n[]\n"


@pytest.mark.parametrize("columns", [80, 120])
def test_top_prints_tables_that_fit(tmp_path, url, columns):
    """Not a terminal: once. NO_COLOR: no escape sequence. Never a literal."""
    done = paceline(tmp_path, "top", "--store", url, more={"COLUMNS": str(columns)})

    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "GET /products/" in done.stdout
    assert "from products" in done.stdout
    assert "\x1b" not in done.stdout
    assert fix_cli.LITERAL not in done.stdout


def test_top_prints_json(tmp_path, url):
    """One document, for scripts."""
    done = paceline(tmp_path, "top", "--store", url, "--json")

    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert document["service"] == "shop"
    assert document["api"]["total_requests"] == 120
    assert fix_cli.LITERAL not in done.stdout


def test_top_of_a_store_without_data_says_so(tmp_path):
    """It is no failure: exit code 0, and how to get data."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    fix_cli.fill_store(tmp_path, requests=0)

    assert "nothing was recorded" in paceline(tmp_path, "top", "--store", url).stdout
    done = paceline(tmp_path, "top", "--store", url, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["api"]["slowest_endpoints"] == []
    assert "send the service some requests" in json.loads(done.stdout)["note"]


def test_top_on_a_terminal_stays_until_it_is_interrupted(tmp_path, url):
    """It draws on the other screen and puts the first one back."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "paceline", "top", "--store", url, "--interval", "0.2"],
        cwd=tmp_path,
        env=fix_cli.environment(tmp_path, TERM="xterm"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        shown = _read_until(ours, b"endpoint", times=2)
        process.send_signal(signal.SIGINT)
        shown += _read_until(ours, b"\x1b[?1049l")
        assert process.wait(5) == 130
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"\x1b[?1049h" in shown
    assert b"Traceback" not in shown


def test_a_reader_that_leaves_early_is_no_failure(tmp_path, url):
    """As in `paceline top | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in (["--help"], ["top", "--store", url], ["top", "--store", url, "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "paceline", *arguments],
            env=fix_cli.environment(tmp_path),
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=20,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(writing)


def test_serve_answers_with_a_token_and_leaves_when_told(tmp_path, url):
    """404 without a token, 200 with it, the lease while it runs; after SIGTERM nothing remains within 2 s."""
    process = start_paceline(tmp_path, "serve", "--store", url, "--port", "0", "--json", **TOKEN)
    try:
        served = json.loads(process.stdout.readline())
        base = served["base_url"]
        assert served["url"].startswith(f"{base}/performance/login#code=")
        assert _status(f"{base}/performance/overview") == 404
        assert _status(f"{base}/performance/overview", token="x" * 32) == 404
        assert _status(f"{base}/performance/overview", token="v" * 32) == 200
        assert _status(f"{base}/") == 307
        assert _lease(tmp_path, taken=True) == [str(process.pid)]

        stream = _open_stream(f"{base}/performance/live")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 2.0
        stream.close()
    finally:
        process.kill()
        out, err = process.communicate()
    assert (out, err) == ("", "")
    assert _lease(tmp_path, taken=False) == []
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(base, timeout=1)


def test_serve_prints_a_url_for_people_and_leaves_on_ctrl_c(tmp_path):
    """Also over a store that nobody has written to yet, which it says."""
    process = start_paceline(tmp_path, "serve", "--service", "shop", "--port", "0")
    try:
        lines = [process.stdout.readline() for _ in range(3)]
        assert "nothing has been recorded for 'shop' yet" in process.stderr.readline()
        base = lines[1].split("within ten minutes: ")[1].partition("/performance/")[0]
        assert _status(f"{base}/performance/login") == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    finally:
        process.kill()
        _, err = process.communicate()
    assert "Traceback" not in err
    tokens = tmp_path / "state" / "paceline" / "shop" / "tokens.json"
    assert tokens.stat().st_mode & 0o777 == 0o600


def _status(url: str, token: str | None = None) -> int:
    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def _open_stream(url: str):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {'v' * 32}"})
    stream = urllib.request.urlopen(request, timeout=5)
    assert stream.readline().startswith(b"retry:")
    return stream


def _lease(folder: Path, *, taken: bool) -> list[str]:
    """Return who holds the lease; the first tick comes right after the start."""
    end = time.monotonic() + 5
    with contextlib.closing(sqlite3.connect(folder / "shop.db")) as link:
        while True:
            holders = [holder for (holder,) in link.execute("SELECT holder FROM lease")]
            if bool(holders) is taken or time.monotonic() > end:
                return holders
            time.sleep(0.02)


def _read_until(descriptor: int, wanted: bytes, times: int = 1) -> bytes:
    shown = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while shown.count(wanted) < times:
            shown += os.read(descriptor, 65_536)
    return shown
