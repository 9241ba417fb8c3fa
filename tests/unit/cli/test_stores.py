"""From --store and --service to an open store."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from tests import fix_cli

from paceline import errors
from paceline.cli import stores


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    """No settings and no stores but the test's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("PACELINE_STORE", "PACELINE_SERVICE", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/db", "shop.db", "sqlite:/shop.db", ""])
def test_a_url_that_is_none_of_ours_is_refused_without_repeating_it(url):
    """It may hold a password."""
    with pytest.raises(errors.UsageError) as refused:
        stores.configure(url, None)

    assert "write sqlite:////path/to/file.db" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_store_in_memory_cannot_be_shared(url):
    """Another process has nothing to read there."""
    with pytest.raises(errors.UsageError, match="its own process only"):
        stores.configure(url, None)


def test_a_wrong_setting_is_said_and_not_replaced(monkeypatch):
    """Inside a host it is a warning; on the command line it is the end."""
    monkeypatch.setenv("PACELINE_SLOW_RESPONSE_MS", "abc")
    monkeypatch.setenv("PACELINE_SLOW_STATEMENT_MS", "-1")

    with pytest.raises(errors.SettingsError, match=r"slow_\w+_ms.* \(from environment\) \(and 1 more\)$"):
        stores.configure(None, "shop")


def test_the_file_names_the_service_unless_it_is_named(tmp_path):
    """The folder in which the command is called says little about a store from elsewhere."""
    assert stores.configure(f"sqlite:///{tmp_path}/paceline-demo-v1.db", None).service == "paceline-demo"
    assert stores.configure(f"sqlite:///{tmp_path}/paceline-demo-v1.db", "shop").service == "shop"
    assert stores.configure(None, None).service == tmp_path.name


def test_a_service_without_a_store_names_those_that_have_one(tmp_path):
    """The name was mistyped, or the command is called in another folder."""
    stores.open_or_make(stores.configure(None, "shop")).close()

    with pytest.raises(errors.StoreError, match=r"service 'shoq' has no store yet .*--service \(shop\)"):
        stores.open_existing(stores.configure(None, "shoq"))

    assert stores.known_services() == ["shop"]


def test_without_any_store_the_way_to_data_is_told(tmp_path):
    """And no file is made by looking."""
    with pytest.raises(errors.StoreError, match="paceline demo"):
        stores.open_existing(stores.configure(None, "shop"))
    with pytest.raises(errors.StoreError, match="there is no store at"):
        stores.open_existing(stores.configure(f"sqlite:///{tmp_path}/nope.db", None))

    assert list(tmp_path.iterdir()) == []


def test_the_file_of_another_program_is_left_alone(tmp_path):
    """Opening it as a store would begin a new one beside it."""
    (tmp_path / "notes.db").write_text("these are notes, not a database" * 100)

    with pytest.raises(errors.StoreError, match="is no store of paceline"):
        stores.open_existing(stores.configure("sqlite:///notes.db", None))

    assert [path.name for path in tmp_path.iterdir()] == ["notes.db"]


@pytest.mark.parametrize("content", ["text", "table"])
def test_serving_begins_no_store_beside_the_file_of_another_program(tmp_path, content):
    """A mistyped URL must not leave files beside a database of the application."""
    path = tmp_path / "notes.db"
    if content == "text":
        path.write_text("these are notes, not a database" * 100)
    else:
        with contextlib.closing(sqlite3.connect(path)) as link:
            link.execute("CREATE TABLE note (body)")

    with pytest.raises(errors.StoreError, match="is no store of paceline"):
        stores.open_or_make(stores.configure("sqlite:///notes.db", None))

    assert [found.name for found in tmp_path.iterdir()] == ["notes.db"]


def test_serving_takes_a_file_that_a_host_has_just_made(tmp_path):
    (tmp_path / "shop.db").touch()
    store = stores.open_or_make(stores.configure("sqlite:///shop.db", None))
    assert store.status().persistent
    store.close()


def test_a_store_that_is_there_opens(tmp_path):
    """Relative, absolute, or by the service's name."""
    fix_cli.fill_store(tmp_path)

    store = stores.open_existing(stores.configure("sqlite:///shop.db", None))
    assert store.status().location == str(tmp_path / "shop.db")
    store.close()


def test_a_place_that_cannot_be_written_is_no_store(tmp_path):
    """A host would go on in memory; here nobody would see that."""
    (tmp_path / "file").write_text("")

    with pytest.raises(errors.StoreError, match="the store cannot be opened"):
        stores.open_or_make(stores.configure(f"sqlite:///{tmp_path}/file/shop.db", None))
