"""The store: used by nobody, used by workers, unusable, somebody else's."""

import os
import sqlite3
from pathlib import Path

import pytest
from tests import fix_cli
from tests.unit.engine.doctor.fix_circumstances import circumstances_of, facts, said

from paceline import clock
from paceline.engine.doctor import storage
from paceline.telemetry import window
from paceline.telemetry.store import opening

HITS = ("hits", "a")


def statuses(found):
    return [status for status, _, _ in said(storage, found)]


def test_a_store_that_is_yet_to_be_is_no_problem_and_is_not_made(tmp_path):
    ((status, text, fix),) = said(storage, circumstances_of(tmp_path))
    assert (status, text) == ("ok", f"service 'shop' has no store yet; it will be {tmp_path}/shop.db")
    assert "--service" in fix
    assert list(tmp_path.iterdir()) == []


def test_a_place_where_none_can_be_made_is_a_problem(tmp_path):
    (tmp_path / "file").write_text("")
    found = circumstances_of(tmp_path, store=f"sqlite:///{tmp_path}/file/shop.db")
    ((status, text, fix),) = said(storage, found)
    assert status == "problem"
    assert f"{tmp_path}/file is no folder that this user can write to" in text
    assert "PACELINE_STORE" in fix


def test_a_store_in_use_tells_size_bound_mode_schema_workers_and_lease(tmp_path):
    fix_cli.fill_store(tmp_path)
    store = opening.open_store(f"sqlite:///{tmp_path}/shop.db", service="shop")
    assert store.acquire_lease("4711")
    found = circumstances_of(tmp_path)
    known = facts(storage, found)
    assert statuses(found) == ["ok"] * 4
    assert known["mode"] == "0600"
    assert known["bound_bytes"] == 1_000_000_000
    assert known["size_bytes"] > 10_000
    assert known["schema"] == 1
    assert known["running"] == [str(os.getpid())]
    assert known["lease_holder"] == "4711"
    store.close()


def test_a_worker_of_an_hour_ago_does_not_run(tmp_path):
    time = clock.FakeClock()
    store = opening.open_store(f"sqlite:///{tmp_path}/shop.db", service="shop", clock=time)
    store.write(window.Window("w1", window.grid(time.now_ms()), {}, {HITS: 1}))
    store.close()
    time.advance(3_600)
    *_, (status, text, _) = said(storage, circumstances_of(tmp_path, now=time))
    assert status == "ok"
    assert text.startswith("no worker has written in the last minute; the last wrote 1 h")


def test_a_file_that_others_can_read_is_a_warning_with_the_command(tmp_path):
    fix_cli.fill_store(tmp_path)
    (tmp_path / "shop.db").chmod(0o644)
    assert said(storage, circumstances_of(tmp_path))[0][::2] == ("warning", f"chmod 600 {tmp_path}/shop.db")


def test_a_small_disk_is_a_warning(tmp_path):
    fix_cli.fill_store(tmp_path)
    found = circumstances_of(tmp_path, max_store_bytes=10**18)
    assert statuses(found)[1] == "warning"


@pytest.mark.parametrize("content", ["foreign", "no database"])
def test_a_file_of_another_program_is_a_problem_and_stays_as_it_is(tmp_path, content):
    path = tmp_path / "shop.db"
    if content == "foreign":
        with sqlite3.connect(path) as link:
            link.execute("CREATE TABLE a (b)")
        link.close()
    else:
        path.write_text("no database at all, but long enough to be taken for one" * 100)
    path.chmod(0o600)
    before = path.read_bytes()
    assert statuses(circumstances_of(tmp_path))[2:] == ["problem"]
    assert path.read_bytes() == before


def test_a_damaged_file_is_told_and_the_one_that_is_used_instead_is_looked_at(tmp_path):
    """The damage may lie where nobody looks from outside; the process that met it left a mark."""
    fix_cli.fill_store(tmp_path)
    (tmp_path / "shop.db.broken").touch()
    opening.open_store(f"sqlite:///{tmp_path}/shop.db", service="shop").close()
    found = circumstances_of(tmp_path)
    (status, text, fix), (_, beside, _), *_ = said(storage, found)
    assert (status, fix) == ("problem", "move or delete it")
    assert text == f"{tmp_path}/shop.db was found damaged and is left as it is; workers use shop-2.db beside it"
    assert f"{tmp_path}/shop-2.db" in beside
    (tmp_path / "shop.db").unlink()
    assert "problem" not in statuses(found)


def test_a_file_of_another_schema_is_a_warning(tmp_path):
    fix_cli.fill_store(tmp_path)
    with sqlite3.connect(tmp_path / "shop.db") as link:
        link.execute("PRAGMA user_version = 9000")
    link.close()
    *_, (status, text, _) = said(storage, circumstances_of(tmp_path))
    assert (status, "schema 9" in text) == ("warning", True)


def test_a_store_in_memory_is_a_problem_and_its_url_is_not_repeated(tmp_path):
    ((status, text, fix),) = said(storage, circumstances_of(tmp_path, store="postgresql://u:secret@h/d"))
    assert status == "problem"
    assert "in memory" in text
    assert "secret" not in text + fix


def test_network_file_systems_are_known_by_their_mount(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/sda / ext4 rw 0 0\nserver:/x /srv nfs4 rw 0 0\ntmpfs /srv/local tmpfs rw 0 0\n")
    of = storage.file_system
    assert of(tmp_path / "a.db", mounts) == "ext4"
    assert of(Path("/srv/a/b.db"), mounts) in storage.NETWORK
    assert of(Path("/srv/local/b.db"), mounts) == "tmpfs"
    assert of(tmp_path, tmp_path / "none") is None
