"""`paceline run` is not to be noticed: the command's own words, codes and signals, and nothing of ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from tests import fix_cli
from tests.fix_cli import paceline

CODE = "import sys; print(sys.stdin.read()); print(sys.argv[1:], file=sys.stderr); sys.exit(7)"


def run(folder, *arguments, **more):
    return subprocess.run(
        [sys.executable, "-m", "paceline", "run", *arguments],
        cwd=folder,
        env=fix_cli.environment(folder),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        **more,
    )


def test_input_output_arguments_and_exit_code_are_the_commands_own(tmp_path):
    done = run(tmp_path, "--", sys.executable, "-c", CODE, "--service", "x", "--", "y", input="hello")
    assert (done.returncode, done.stdout) == (7, "hello\n")
    assert done.stderr == "['--service', 'x', '--', 'y']\n"
    assert list(tmp_path.iterdir()) == []


def test_the_command_takes_its_place(tmp_path):
    """Same process id; and no signal is ignored that was not before."""
    code = "import os, signal; print(os.getpid(), os.environ['PACELINE_SERVICE'])"
    process = fix_cli.start_paceline(tmp_path, "run", "--service", "shop", sys.executable, "-c", code)
    said, _ = process.communicate(timeout=20)
    assert said.split() == [str(process.pid), "shop"]
    ignored = run(tmp_path, "--", "grep", "SigIgn", "/proc/self/status")
    if sys.platform == "linux":
        assert int(ignored.stdout.split()[1], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def test_a_signal_ends_it_as_it_would_alone(tmp_path):
    code = "import time; print('up', flush=True); time.sleep(20)"
    process = fix_cli.start_paceline(tmp_path, "run", "--", sys.executable, "-c", code)
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGTERM


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 64, "give the command after --, as in: paceline run -- uvicorn shop:app"),
        (["--"], 64, "give the command after --"),
        (["--set", "slow_response_ms", "--", "true"], 64, "--set 'slow_response_ms' has no value"),
        (["--set", "slow_respone_ms=5", "--", "true"], 64, "did you mean 'slow_response_ms'?"),
        (["--set", "slow_response_ms=-5", "--", "true"], 64, "setting slow_response_ms"),
        (["--set", "prefix=x", "--", "true"], 64, "setting prefix"),
        (["--store", "postgresql://u:secret@h/db", "--", "true"], 64, "write sqlite:////path/to/file.db"),
        (["--", "no-such-command-anywhere"], 127, "there is no command 'no-such-command-anywhere'"),
        (["--", "/"], 126, "cannot be executed"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path, arguments, code, said):
    done = paceline(tmp_path, "run", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("paceline: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert "secret" not in done.stderr


def test_settings_reach_the_command_as_variables(tmp_path):
    shown = ("--set", "slow_response_ms=50", "--set", "exclude_routes=/a,/b", "--store", "sqlite:///x.db", "--", "env")
    lines = paceline(tmp_path, "run", *shown, more={"PYTHONPATH": "/mine"}).stdout.splitlines()
    assert {line for line in lines if line.startswith("PACELINE_")} == {
        "PACELINE_SLOW_RESPONSE_MS=50",
        "PACELINE_EXCLUDE_ROUTES=/a,/b",
        "PACELINE_STORE=sqlite:///x.db",
    }
    assert next(line for line in lines if line.startswith("PYTHONPATH=")).endswith(f"at_start{os.pathsep}/mine")


def test_disabled_the_environment_stays_as_it_is(tmp_path):
    lines = paceline(tmp_path, "run", "--service", "x", "--", "env", more={"PACELINE_DISABLE": "1"}).stdout
    assert "at_start" not in lines
    assert "PACELINE_SERVICE" not in lines
