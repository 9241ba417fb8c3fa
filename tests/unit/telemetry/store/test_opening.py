"""A store is always there: in its file, in a fresh file beside a bad one, or in memory, and it says which."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from paceline import errors
from paceline.telemetry import window
from paceline.telemetry.store import interface, opening
from paceline.telemetry.store.sqlite_file import schema

T0 = 1_767_225_600_000
HITS = ("hits", "a")
PART = window.Window("w1", T0, {}, {HITS: 1})


def hits(store):
    return store.read(interface.Range(T0, T0 + 10_000)).counters.get(HITS, 0)


def test_the_default_place_is_private_to_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store = opening.open_store(None, service="../../my shop")
    store.write(PART)
    path = tmp_path / "paceline" / "my_shop-v1.db"
    assert store.status().location == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(other.stat().st_mode) for other in path.parent.iterdir()} == {0o600}
    store.close()


@pytest.mark.parametrize("service", ["", "..", "/", "a/b", "x" * 300, "-rf", "ä"])
def test_a_service_name_never_leads_out_of_the_folder(service):
    name = opening.file_name(service)
    assert "/" not in name
    assert name.endswith("-v1.db")
    assert name[0].isalnum()
    assert len(name) < 100


@pytest.mark.parametrize(
    "url", ["sqlite:////proc/no/such.db", "clickhouse://user:secret@host/x", "nonsense", "sqlite:///\0"]
)
def test_what_cannot_be_opened_becomes_a_store_in_memory_that_says_why(url):
    store = opening.open_store(url, service="s")
    store.write(PART)
    status = store.status()
    assert (hits(store), status.persistent, status.location) == (1, False, "memory")
    assert status.note
    assert "secret" not in status.note
    store.close()


def test_memory_may_be_asked_for():
    store = opening.open_store("sqlite://", service="s")
    assert store.status().note is None
    store.close()


def foreign(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()


def newer(path):
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        other.execute("PRAGMA user_version = 9000")
    other.close()


def truncated(path):
    store = opening.open_store(f"sqlite:///{path}", service="s")
    store.write(PART)
    store.close()
    os.truncate(path, 3 * 4096)


@pytest.mark.parametrize("spoil", [foreign, newer, truncated, lambda path: path.write_bytes(b"not a database" * 1000)])
def test_a_file_that_is_not_ours_or_broken_is_left_alone(tmp_path, spoil):
    path = tmp_path / "a.db"
    spoil(path)
    before = path.read_bytes()
    store = opening.open_store(f"sqlite:///{path}", service="s")
    store.write(PART)
    assert hits(store) == 1
    assert store.status().location == str(tmp_path / "a-2.db")
    assert "a.db" in store.status().note
    assert path.read_bytes() == before
    store.close()


def test_damage_found_later_is_an_error_once_and_then_a_fresh_file(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    store, other = (opening.open_store(url, service="s") for _ in range(2))
    for number in range(50):
        store.write(window.Window("w1", T0 + number * 2_000, {}, {("n", str(n)): 1 for n in range(50)}))
    with store._link() as link:
        link.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (tmp_path / "a.db").open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with store._link() as link:
        link.connection.execute("PRAGMA shrink_memory")  # pages it still remembers would hide the damage
    with pytest.raises(errors.StoreError, match="damaged"):
        store.write(PART)
    store.write(PART)
    other.write(PART)
    assert (hits(store), store.status().location) == (2, str(tmp_path / "a-2.db"))
    assert "damaged" in store.status().note
    (tmp_path / "a.db").unlink()
    assert store.status().note is None, "what it asked for was done"
    store.close()
    other.close()


def test_a_window_that_could_not_be_written_is_told_until_one_is(tmp_path):
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s")
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.StoreError):
            store.write(PART)
        assert "locked by another process" in store.status().note
    store.write(PART)
    assert store.status().note is None
    store.close()


def test_a_folder_that_is_deleted_is_made_again(tmp_path):
    folder = tmp_path / "state"
    store = opening.open_store(f"sqlite:///{folder}/a.db", service="s")
    store.write(PART)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    store.write(PART)
    assert hits(store) == 1
    assert (folder / "a.db").exists()
    store.close()


def test_a_full_disk_is_an_error_and_passes(tmp_path):
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s")
    store.write(PART)
    with store._link() as link:
        pages = link.connection.execute("PRAGMA page_count").fetchone()[0]
        link.connection.execute(f"PRAGMA max_page_count = {pages}")
    large = window.Window("w1", T0, texts={str(n): "x" * 1_000 for n in range(100)})
    with pytest.raises(errors.StoreError, match="no room"):
        store.write(large)
    with store._link() as link:
        link.connection.execute("PRAGMA max_page_count = 100000")
    store.write(large)
    assert (hits(store), len(store.texts())) == (1, 100)
    store.close()


def test_a_connection_that_may_only_read_is_not_kept(tmp_path):
    """It was opened while the file could not be written, and would stay so for ever."""
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s")
    with store._link() as link:
        link.connection.execute("PRAGMA query_only = ON")  # as SQLite opens a file without the right to write
    with pytest.raises(errors.StoreError, match="readonly"):
        store.write(PART)
    store.write(PART)
    assert hits(store) == 1
    store.close()


READ_ONLY = """
import os, sys
from paceline.telemetry.store import opening, sqlite
os.setuid(65534)
print(opening.open_store(sys.argv[1], service="s").status().note)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_file_that_may_not_be_written_gives_a_store_in_memory(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    opening.open_store(url, service="s").close()
    done = subprocess.run([sys.executable, "-c", READ_ONLY, url], capture_output=True, text=True, check=True)
    assert "memory" in done.stdout


def test_a_file_that_another_process_is_just_making_is_no_foreign_one(tmp_path):
    """Workers that start together look at it before, while and after its tables are made."""
    path = tmp_path / "a.db"
    ours, theirs = (sqlite3.connect(path, isolation_level=None, timeout=0) for _ in range(2))

    def make_it_between_two_questions(statement):
        if "user_version" in statement:
            ours.set_trace_callback(None)
            with contextlib.suppress(sqlite3.OperationalError):  # it has to wait, as it should
                schema.prepare(theirs)

    ours.set_trace_callback(make_it_between_two_questions)
    schema.prepare(ours)
    schema.prepare(theirs)
    ours.close()
    theirs.close()
