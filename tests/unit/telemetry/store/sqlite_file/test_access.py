"""Whatever goes wrong with the file is one error of ours, which names the file and the next step."""

import sqlite3

import pytest

from paceline import clock, errors
from paceline.telemetry.store.sqlite_file import access, sources


@pytest.fixture
def opened(tmp_path):
    source = sources.FileSource(tmp_path / "shop.db")
    yield access.Access(source, clock.FakeClock())
    source.close()


def test_a_lock_that_is_held_is_named_with_how_long_was_waited(opened, tmp_path):
    with opened._link():
        pass
    holder = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with (
        pytest.raises(errors.StoreError, match=r"shop\.db is locked by another process for longer than 0\.4 s"),
        opened._transaction(writing=True),
    ):
        pass
    holder.close()


def test_a_full_file_says_what_to_lower(opened):
    with opened._link() as link:
        link.connection.execute("PRAGMA max_page_count = 1")
    with (
        pytest.raises(errors.StoreError, match=r"no room .* lower max_store_bytes"),
        opened._transaction(writing=True) as link,
    ):
        link.connection.execute(
            "CREATE TABLE more AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 99999) SELECT x FROM n"
        )


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    source = sources.FileSource(tmp_path / "file" / "folder" / "shop.db")
    with (
        pytest.raises(errors.StoreError, match=r"file/folder/shop\.db: Not a directory"),
        access.Access(source, clock.FakeClock())._link(),
    ):
        pass


def test_a_mistake_of_ours_points_to_doctor_and_keeps_its_cause(opened):
    with (
        pytest.raises(errors.StoreError, match="paceline doctor") as caught,
        opened._transaction(writing=False) as link,
    ):
        link.connection.execute("SELECT nothing FROM nowhere")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


def test_a_reading_transaction_sees_one_state_of_the_file(opened):
    with opened._transaction(writing=True) as link:
        link.connection.execute("INSERT INTO proof VALUES ('a', 0, '{}')")
    count = "SELECT count(*) FROM proof"
    with opened._transaction(writing=False) as link:
        assert link.connection.execute(count).fetchone() == (1,)
        with opened._transaction(writing=True) as other:
            other.connection.execute("INSERT INTO proof VALUES ('b', 0, '{}')")
        assert link.connection.execute(count).fetchone() == (1,)


def test_columns_hold_any_json():
    assert access.from_json(access.to_json({"a": [1, None], "b": {2}})) == {"a": [1, None], "b": "set"}
