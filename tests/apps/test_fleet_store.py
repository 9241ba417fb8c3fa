"""The store under attack while four workers serve: every answer is right and none waits for it, and somebody says so.

Beside it, the database is one that takes connections and never says a word.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import pytest
from tests import fix_cli, fix_fleet
from tests.fix_observed import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="worker processes are a matter of production")

LIKE_A_USER = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
"""Root may write to what is read-only; without these it is an owner like any other."""
HOME = "/mnt"
OWN_DISK = ("unshare", "-Urm", "sh", "-c", f'mount -t tmpfs -o size=8m none {HOME} && exec "$0" "$@"')
"""A small file system that only the service sees."""


def works(*command):
    """Return whether a command that starts others does so here."""
    return (
        shutil.which(command[0])
        and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.fixture(scope="module")
def like_a_user():
    """What to begin a command with that must not do what only root may."""
    if os.geteuid() == 0 and not works(*LIKE_A_USER):
        return None
    return LIKE_A_USER if os.geteuid() == 0 else ()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory, like_a_user):
    """Four workers over one store, which each test leaves as one that works."""
    silent = socket.create_server(("127.0.0.1", 0))
    dsn = f"postgresql://shop@127.0.0.1:{silent.getsockname()[1]}/shop"
    folder = tmp_path_factory.mktemp("fleet")
    made = fix_fleet.Fleet("uvicorn", folder, prefix=like_a_user or (), more={"PACELINE_DSN": dsn})
    try:
        first = {str(pid) for pid in made.ready()}
        eventually(lambda: made.path.exists() and first <= workers(made), 15)
        yield made
    finally:
        made.end()
        silent.close()


def workers(fleet):
    with fleet.store() as store:
        return set(store.status().workers)


@contextlib.contextmanager
def locked(path):
    with contextlib.closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def told(fleet, text):
    """Wait until the worker that happens to be asked says this about its store."""

    def store_check():
        check = fleet.health()[1]["store"]
        return (text in check["detail"]) and check

    return eventually(store_check, 10)


def doctor(fleet, like_a_user):
    """Return what `paceline doctor` says of the store, from the service's own point of view."""
    store = f"sqlite:///{fleet.path}"
    ran = subprocess.run(
        [*(like_a_user or ()), sys.executable, "-m", "paceline", "doctor", "--json", "--store", store],
        env=fix_cli.environment(fleet.folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = next(part["lines"] for part in json.loads(ran.stdout)["sections"] if part["title"] == "store")
    return [line["text"] for line in lines if line["status"] == "problem"]


def test_a_lock_of_ten_seconds_and_a_silent_database_hold_up_no_request_and_cost_none(fleet):
    eventually(lambda: fleet.counted() == fleet.answered, 10)
    before = fleet.counted()
    with locked(fleet.path), concurrent.futures.ThreadPoolExecutor() as threads:
        questions = [threads.submit(fleet.ask, "/performance/database/info", timeout_s=30) for _ in range(4)]
        assert len(fleet.hit_for(9.5)) == fix_fleet.WORKERS
        assert told(fleet, "locked by another process")["status"] == "degraded"
        assert fleet.counted() == before
    assert {question.result()[0] for question in questions} == {503}
    eventually(lambda: fleet.counted() == fleet.answered, 10)
    told(fleet, "on disk")


def remove(fleet):
    fleet.path.unlink()


def remove_folder(fleet):
    """Move it first: while it is being emptied, somebody would put a new file into it."""
    away = fleet.home / "away"
    fleet.path.parent.rename(away)
    shutil.rmtree(away)


@pytest.mark.parametrize("act", [remove, remove_folder])
def test_a_file_that_is_taken_away_is_made_again_and_counts_from_then_on(fleet, act):
    act(fleet)
    since = fleet.hit_for(0.5)
    # A request that ended before may have been in the window that was about to be written.
    eventually(lambda: (found := fleet.counted()) and all(found.get(pid, 0) >= since[pid] for pid in since), 10)
    assert all(found <= fleet.answered[pid] for pid, found in fleet.counted().items())
    assert fleet.health()[1]["store"]["status"] == "ok"


def test_a_worker_that_may_not_write_says_so_and_the_others_are_not_disturbed(fleet, like_a_user):
    """Those that have the file open go on; the one that starts meanwhile catches up when it may."""
    if like_a_user is None:
        pytest.skip("root may write to everything, and setpriv is not there to make it an ordinary user")
    parts = list(fleet.path.parent.glob("a.db*"))
    for part in parts:
        part.chmod(0o400)
    victim = int(next(iter(fleet.hit_for(0.1))))
    os.kill(victim, signal.SIGTERM)
    fleet.ready(victim)
    before = fleet.answered.copy()
    (newcomer,) = set(fleet.hit_for(0.5)) - set(before)
    assert told(fleet, "attempt to write a readonly database")["status"] == "degraded"
    assert "is not readable and writable by this user" in doctor(fleet, like_a_user)[0]
    assert newcomer not in fleet.counted()
    for part in parts:
        part.chmod(0o600)
    eventually(lambda: fleet.counted().get(newcomer) == fleet.answered[newcomer], 10)


def test_a_damaged_file_is_left_as_it_is_and_all_move_to_a_fresh_one(fleet, like_a_user):
    with contextlib.closing(sqlite3.connect(fleet.path, timeout=10)) as connection:
        eventually(lambda: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, 10)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with fleet.path.open("r+b") as file:
        file.seek(pages // 8 * 4_096)
        file.write(secrets.token_bytes(pages // 4 * 3 * 4_096))
    fleet.hit_for(0.5)
    assert told(fleet, "left as it is, using a-2.db")["status"] == "degraded"
    since = fleet.hit_for(0.5)
    eventually(lambda: all(fleet.counted("a-2.db").get(pid, 0) >= since[pid] for pid in since), 10)
    assert "was found damaged" in doctor(fleet, like_a_user)[0]


def test_a_service_that_is_told_to_leave_while_its_store_is_locked_is_gone(fleet):
    """The last one: the workers end here. Each tries once more, and no longer than the promised 2 s."""
    path = next(path for path in (fleet.path.with_name("a-2.db"), fleet.path) if path.exists())
    with locked(path):
        fleet.hit_for(0.1)
        began = time.monotonic()
        assert fleet.leave() == 0
        assert time.monotonic() - began < fix_fleet.LEAVES_S
    assert "Traceback" not in fleet.log.read_text()


def test_a_full_disk_holds_up_no_request_and_costs_none(tmp_path):
    """What was being written as it filled up is written later, under the right names."""
    if not works(*OWN_DISK):
        pytest.skip("the kernel gives this user no file system of its own")
    fleet = fix_fleet.Fleet("uvicorn", tmp_path, prefix=OWN_DISK, home=HOME)

    def seen():
        rows = fleet.ask("/performance/api/stats")[1]["slowest_endpoints"]
        return sum(row["count"] for row in rows if row["endpoint"] == fix_fleet.ROUTE)

    try:
        fleet.ready()
        eventually(fleet.path.exists, 10)
        ballast = fleet.home / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as full:
            while full.write(bytes(4_096)):
                pass
        fleet.hit_for(1)
        assert told(fleet, "has no room")["status"] == "degraded"
        status, checks = fleet.health()
        assert (status, checks["disk"]["status"]) == (503, "failing")
        ballast.unlink()
        eventually(lambda: seen() == sum(fleet.answered.values()), 10)
        told(fleet, "on disk")
        assert fleet.leave() == 0
        assert "Traceback" not in fleet.log.read_text()
    finally:
        fleet.end()
