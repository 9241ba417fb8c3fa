"""A file says what it is; a foreign one is left untouched and an older worker shares a newer minor."""

import sqlite3

import pytest

from paceline.telemetry.store.sqlite_file import schema


@pytest.fixture
def connection(tmp_path):
    made = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    yield made
    made.close()


def tables(connection):
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_new_file_gets_its_tables_and_its_name_and_may_be_prepared_again(connection):
    for _ in range(2):
        schema.prepare(connection)
    assert {"slice", "gauge", "event", "trace", "mark"} <= tables(connection)
    assert connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.MAJOR * 1_000 + schema.MINOR,)
    assert connection.execute("SELECT count(*) FROM mark").fetchone() == (1,)


def test_free_pages_can_be_given_back(connection):
    """That must be said before the first page is written."""
    schema.prepare(connection)
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_newer_minor_is_shared(connection):
    """During a rolling deploy old workers go on with the file of new ones, which only adds tables."""
    schema.prepare(connection)
    connection.execute(f"PRAGMA user_version = {schema.MAJOR * 1_000 + 7}")
    schema.prepare(connection)
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.MAJOR * 1_000 + 7,)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 9003", "schema version 9, this is 1"),
        ("PRAGMA application_id = 7; CREATE TABLE theirs (x)", "another program .application id 0x7"),
        ("CREATE TABLE theirs (x)", "another program"),
    ],
    ids=["another major", "another program", "no program's"],
)
def test_a_file_that_is_not_ours_is_named_and_not_touched(make, says, connection):
    connection.executescript(make)
    before = tables(connection)
    with pytest.raises(schema.UnfitFile, match=says):
        schema.prepare(connection)
    assert tables(connection) == before


def test_a_file_system_without_a_write_ahead_log_is_refused():
    """SQLite falls back to another journal in silence, and processes that share the file would wait for each other."""
    connection = sqlite3.connect("", isolation_level=None)  # a temporary file, which cannot have one
    with pytest.raises(sqlite3.OperationalError, match="network file system"):
        schema.prepare(connection)
    connection.close()
