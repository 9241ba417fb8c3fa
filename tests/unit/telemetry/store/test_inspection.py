"""A look at a store's file from outside."""

import pytest

from paceline import clock, errors
from paceline.telemetry import window
from paceline.telemetry.store import inspection, opening


def test_a_store_tells_who_wrote_and_what_was_changed_live(tmp_path):
    time = clock.FakeClock()
    start_ms = window.grid(time.now_ms())
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="a", clock=time)
    store.write(window.Window("w1", start_ms, {}, {("hits", "a"): 1}))
    store.put_setting("slow_response_ms", 5.0, "operator")
    store.acquire_lease("w1")
    found = inspection.inspect(tmp_path / "a.db")
    store.close()
    assert (found.is_store, found.major, found.newest_ms) == (True, 1, start_ms)
    assert [writer.name for writer in found.writers] == ["w1"]
    assert (found.lease_holder, found.live_settings) == ("w1", {"slow_response_ms": 5.0})


def test_an_empty_store_has_no_newest_window(tmp_path):
    opening.open_store(f"sqlite:///{tmp_path}/a.db", service="a").close()
    found = inspection.inspect(tmp_path / "a.db")
    assert (found.newest_ms, found.writers, found.lease_holder) == (None, (), None)


def test_what_is_not_there_is_said_and_not_made(tmp_path):
    with pytest.raises(errors.StoreError, match="cannot be read"):
        inspection.inspect(tmp_path / "a.db")
    assert list(tmp_path.iterdir()) == []
