"""Duties with several real processes: one works, and when it dies or sleeps another does; never two at once."""

import contextlib
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from tests.fix_observed import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="worker processes are a matter of production")


class Team:
    """Processes over one store, the time they share, and the log of who worked."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = {}
        self.seconds = 0
        self.advance(0)
        (folder / "log").touch()

    def join(self, count=1, kind="plain"):
        command = [sys.executable, "-m", "tests.apps.duty_process", str(self.folder), kind]
        started = [subprocess.Popen(command) for _ in range(count)]
        self.processes.update({process.pid: process for process in started})
        return [process.pid for process in started]

    def advance(self, seconds):
        self.seconds += seconds
        moved = self.folder / "moved"
        moved.write_text(str(self.seconds))
        moved.replace(self.folder / "clock")

    def turns(self):
        """Return who worked, in order; one entry for all the work that nobody interrupted."""
        return [int(pid) for pid, _ in itertools.groupby((self.folder / "log").read_text().split())]

    def works(self, *among):
        """Wait until one of these has the turn, and works on; return it."""

        def working():
            before = (self.folder / "log").stat().st_size
            time.sleep(0.05)
            return (self.folder / "log").stat().st_size > before and self.turns()[-1] in among

        eventually(working, patience_s=10)
        return self.turns()[-1]

    def pause(self, pid):
        """Stop a process, but not while it writes: whoever sleeps with the file's lock lets nobody else in."""
        for _ in range(100):
            os.kill(pid, signal.SIGSTOP)
            with contextlib.closing(sqlite3.connect(self.folder / "a.db", timeout=0.2)) as connection:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError:
                    os.kill(pid, signal.SIGCONT)
        pytest.fail("the file is always locked")

    def end(self):
        for process in self.processes.values():
            process.kill()
            process.wait()


@pytest.fixture
def team(tmp_path):
    made = Team(tmp_path)
    yield made
    made.end()


def test_the_lease_moves_when_its_holder_is_killed_and_a_server_has_it_by_preference(team):
    workers = team.join(3)
    first = team.works(*workers)
    os.kill(first, signal.SIGKILL)
    team.advance(11)
    second = team.works(*workers)
    (server,) = team.join(kind="preferred")
    assert team.works(server) == server
    os.kill(server, signal.SIGKILL)
    team.advance(11)
    last = team.works(*workers)
    assert first not in {second, last}
    assert team.turns() == [first, second, server, last], "two worked at the same time"


def test_a_holder_that_slept_works_no_more_when_it_wakes(team):
    workers = team.join(2)
    sleeper = team.works(*workers)
    team.pause(sleeper)
    team.advance(11)
    (other,) = set(workers) - {sleeper}
    team.works(other)
    os.kill(sleeper, signal.SIGCONT)
    team.works(other)
    team.works(other)
    assert team.turns() == [sleeper, other]
