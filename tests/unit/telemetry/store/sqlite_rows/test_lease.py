"""One process at a time has the duties; when it falls silent, another takes them."""

import pytest

from paceline import clock
from paceline.telemetry.store import opening
from paceline.telemetry.store.sqlite_rows import lease

T0 = 1_767_225_600_000


@pytest.fixture
def time():
    return clock.FakeClock(T0)


@pytest.fixture
def store(tmp_path, time):
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=time)
    yield made
    made.close()


def test_the_lease_is_held_renewed_and_lost(store, time):
    assert store.acquire_lease("w1")
    assert not store.acquire_lease("w2")
    time.advance(9)
    assert store.acquire_lease("w1")
    time.advance(9)
    assert not store.acquire_lease("w2")
    time.advance(2)
    assert store.acquire_lease("w2")
    assert not store.acquire_lease("w1")


def test_a_serving_process_takes_the_lease_at_once_and_keeps_it(store):
    assert store.acquire_lease("w1")
    assert store.acquire_lease("serve", preferred=True)
    assert not store.acquire_lease("w1")
    assert not store.acquire_lease("serve2", preferred=True)
    assert store.status().lease_holder == "serve"
    store.release_lease("serve")
    assert store.acquire_lease("w1")


def test_a_lease_from_the_future_is_free(store, time):
    """The clock was set back: nobody waits until it has caught up."""
    time.advance(3_600)
    assert store.acquire_lease("w1")
    time.advance(-3_600)
    assert store.acquire_lease("w2")


def test_giving_up_what_another_holds_changes_nothing(store):
    assert store.acquire_lease("w1")
    store.release_lease("w2")
    assert not store.acquire_lease("w2")


def test_asking_in_vain_takes_no_write_lock(store, tmp_path):
    """Every process asks every 3 s, and only one has it."""
    assert store.acquire_lease("w1")
    other = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=clock.FakeClock(T0))
    with other._transaction(writing=True):
        assert not store.acquire_lease("w2")
    other.close()


def test_the_lease_outlives_two_renewals_that_fail():
    assert lease.LEASE_MS > 3 * 3_000
