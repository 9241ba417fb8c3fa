"""Several processes share one file: they lose nothing, and none is held up by another that dies or blocks."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time

import pytest

from paceline import clock, errors
from paceline.telemetry import window
from paceline.telemetry.store import interface, opening

T0 = 1_767_225_600_000
HITS = ("hits", "a")

WRITER = textwrap.dedent("""
    import sys
    T0 = 1_767_225_600_000
    from paceline import errors
    from paceline.telemetry import window
    from paceline.telemetry.store import opening
    store = opening.open_store(sys.argv[1], service="s")
    print("ready", flush=True)
    for number in range(int(sys.argv[3])):
        part = window.Window(sys.argv[2], T0 + number * 2_000, {}, {("hits", "a"): 1, ("n", sys.argv[2]): number})
        while True:
            try:
                store.write(part)
                break
            except errors.StoreError as error:
                if "locked" not in str(error):
                    raise
""")  # fmt: skip


def writer(url, name, windows):
    return subprocess.Popen([sys.executable, "-c", WRITER, url, name, str(windows)], stdout=subprocess.PIPE)


def test_four_writers_a_reader_and_a_roller_agree_to_the_last_count(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    writers = [writer(url, f"w{number}", 200) for number in range(4)]
    store = opening.open_store(url, service="s", clock=clock.FakeClock(T0 + 3_600_000))
    while any(process.poll() is None for process in writers):
        seen = store.read(interface.Range(0, T0 * 2)).counters.get(HITS, 0)
        store.roll_up()
        store.retain()
        assert store.read(interface.Range(0, T0 * 2)).counters.get(HITS, 0) >= seen
    assert [process.wait() for process in writers] == [0] * 4
    [process.stdout.close() for process in writers]
    while store.roll_up():
        pass
    assert store.read(interface.Range(0, T0 * 2)).counters[HITS] == 800
    store.close()


def test_a_writer_that_is_killed_leaves_a_good_file(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    process = writer(url, "w1", 1_000_000)
    process.stdout.readline()
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    store = opening.open_store(url, service="s")
    before = store.read(interface.Range(0, T0 * 2)).counters[HITS]
    store.write(window.Window("w2", T0, {}, {HITS: 1}))
    assert store.read(interface.Range(0, T0 * 2)).counters[HITS] == before + 1
    assert store.status().note is None
    store.close()
    with sqlite3.connect(tmp_path / "a.db") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain.close()


def test_two_rollers_that_race_do_the_work_once(tmp_path):
    time_of_day = clock.FakeClock(T0)
    url = f"sqlite:///{tmp_path}/a.db"
    first, second = (opening.open_store(url, service="s", clock=time_of_day) for _ in range(2))
    for number in range(100):
        first.write(window.Window("w1", T0 + number * 2_000, {}, {HITS: 1, ("n", str(number)): 1}))
    time_of_day.advance(3_700)
    while first.roll_up(1) or second.roll_up(1):
        second.roll_up(1)
    assert first.read(interface.Range(0, T0 * 2)).counters[HITS] == 100
    first.close()
    second.close()


def test_a_child_process_opens_its_own_connection(tmp_path):
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s")
    store.write(window.Window("parent", T0, {}, {HITS: 1}))
    child = os.fork()
    if child == 0:
        try:
            store.write(window.Window("child", T0, {}, {HITS: 1}))
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    store.write(window.Window("parent", T0, {}, {HITS: 1}))
    assert store.read(interface.Range(0, T0 * 2)).counters[HITS] == 3
    store.close()


def test_a_lock_held_by_another_process_is_an_error_and_not_a_wait(tmp_path):
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(errors.StoreError, match="locked"):
        store.write(window.Window("w1", T0))
    other.execute("ROLLBACK")
    other.close()
    store.write(window.Window("w1", T0, {}, {HITS: 1}))
    store.close()
