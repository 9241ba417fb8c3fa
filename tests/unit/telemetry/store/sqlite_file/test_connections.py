"""A transaction is all or nothing, also in what a link remembers of it."""

import sqlite3

import pytest
from tests.fix_link import rows

from paceline.telemetry.store.sqlite_file import connections, schema


def failing(link):
    with connections.transaction(link, writing=True) as connection:
        connection.execute("INSERT INTO worker (name, first_ms, last_ms) VALUES ('w1', 0, 0)")
        link.workers["w1"] = 1
        raise KeyError


def test_what_fails_leaves_nothing_in_the_file_or_in_memory(link):
    """A number remembered from a transaction that was rolled back would belong to another name later."""
    with pytest.raises(KeyError):
        failing(link)
    assert rows(link, "SELECT * FROM worker") == []
    assert (link.workers, link.generation) == ({}, -1)


def test_what_a_full_disk_ends_is_forgotten_too(link):
    """SQLite rolls back by itself then, and there is no transaction left to look at."""
    pages = link.connection.execute("PRAGMA page_count").fetchone()[0]
    link.connection.execute(f"PRAGMA max_page_count = {pages}")

    def fill():
        with connections.transaction(link, writing=True) as connection:
            link.workers["w1"] = 1
            connection.execute("INSERT INTO text VALUES ('f', ?, 0)", ("x" * 100_000,))

    with pytest.raises(sqlite3.OperationalError, match="full"):
        fill()
    assert (link.workers, link.generation, link.connection.in_transaction) == ({}, -1, False)


def test_what_succeeds_stays(link):
    with connections.transaction(link, writing=True) as connection:
        connection.execute("INSERT INTO worker (name, first_ms, last_ms) VALUES ('w1', 0, 0)")
    assert len(rows(link, "SELECT * FROM worker")) == 1


def test_a_new_generation_forgets_and_learns_what_was_cleared(link):
    link.enter(1)
    link.workers["w1"] = 1
    link.enter(1)
    assert link.workers == {"w1": 1}
    link.connection.execute("INSERT INTO cleared VALUES ('request', 77)")
    link.enter(2)
    assert (link.workers, link.cleared) == ({}, {"request": 77})


def told(act):
    with pytest.raises(sqlite3.Error) as caught:
        act()
    error = caught.value
    return connections.is_damage(error), connections.is_busy(error), connections.is_full(error)


def test_errors_are_told_apart(tmp_path):
    path = str(tmp_path / "a.db")
    one = connections.connect(path)
    schema.prepare(one)
    one.execute("BEGIN IMMEDIATE")
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    assert told(lambda: other.execute("BEGIN IMMEDIATE")) == (False, True, False)
    other.close()
    one.close()

    (tmp_path / "b.db").write_bytes(b"no database" * 500)
    broken = connections.connect(str(tmp_path / "b.db"))
    assert told(lambda: broken.execute("SELECT * FROM sqlite_master")) == (True, False, False)
    broken.close()

    small = connections.connect(":memory:", max_pages=2)
    assert told(lambda: [small.execute(f"CREATE TABLE t{n} (x)") for n in range(9)]) == (False, False, True)
    assert told(lambda: small.execute("no sql")) == (False, False, False)
    small.close()
