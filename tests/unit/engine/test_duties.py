"""Duties are done by whoever holds the lease, in slices, and by nobody else."""

import pytest

from paceline import clock as clocks
from paceline import errors
from paceline.engine import duties
from paceline.telemetry import window
from paceline.telemetry.store import interface, opening


class Worked:
    """A store that counts the slices of work it is asked for."""

    def __init__(self, slices=0):
        self.left = slices
        self.asked = []
        self.lease = True

    def acquire_lease(self, holder, *, preferred=False):
        if isinstance(self.lease, Exception):
            raise self.lease
        return self.lease

    def release_lease(self, holder):
        self.acquire_lease(holder)

    def roll_up(self):
        self.asked.append("roll_up")
        self.left -= 1
        return self.left > 0

    def retain(self):
        self.asked.append("retain")
        return False


def test_without_the_lease_nothing_is_done():
    store = Worked(5)
    store.lease = False
    duties.Duties(store, lambda: "1").tick()
    assert store.asked == []


def test_work_goes_on_until_none_is_left_and_never_beyond_its_slices():
    store = Worked(3)
    duties.Duties(store, lambda: "1").tick()
    assert store.asked == ["roll_up"] * 3 + ["retain"]
    store = Worked(1_000)
    duties.Duties(store, lambda: "1").tick()
    assert store.asked.count("roll_up") == duties.SLICES


def test_age_and_size_are_looked_at_every_thirty_seconds():
    store = Worked()
    made = duties.Duties(store, lambda: "1")
    for _ in range(31):
        made.tick()
    assert store.asked.count("retain") == 3


def test_a_store_that_fails_is_no_trouble():
    store = Worked()
    store.lease = errors.StoreError("gone")
    made = duties.Duties(store, lambda: "1")
    made.tick()
    made.stop()


@pytest.fixture
def shared(tmp_path):
    clock = clocks.FakeClock()
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=clock)
    yield made, clock
    made.close()


def test_one_of_two_processes_works_and_the_other_takes_over(shared):
    store, clock = shared
    first, second = (duties.Duties(store, lambda name=name: name) for name in ("1", "2"))
    first.tick()
    second.tick()
    assert store.status().lease_holder == "1"
    first.stop()
    second.tick()
    assert store.status().lease_holder == "2"
    clock.advance(11)
    first.tick()
    assert store.status().lease_holder == "1"


def test_minutes_are_rolled_up(shared):
    store, clock = shared
    for _ in range(60):
        store.write(window.Window("1", clock.now_ms(), counters={("hits",): 1}))
        clock.advance(2)
    before = store.status().rows["slice"]
    made = duties.Duties(store, lambda: "1")
    for _ in range(3):
        made.tick()
    assert store.read(interface.Range(0, 2 * clock.now_ms())).counters == {("hits",): 60}
    assert before == 60


class Sleeping(Worked):
    """A store in whose work the process is paused for longer than the lease lasts."""

    def __init__(self, clock):
        super().__init__(1_000)
        self.clock = clock

    def roll_up(self):
        self.clock.advance(12)
        return super().roll_up()


def test_a_holder_that_was_paused_does_not_believe_in_its_lease():
    clock = clocks.FakeClock()
    store = Sleeping(clock)
    made = duties.Duties(store, lambda: "1", clock=clock)
    made.tick()
    assert store.asked == ["roll_up"]
    assert not made.holds


def test_a_lease_that_was_granted_too_late_is_none():
    clock = clocks.FakeClock()
    store = Worked(3)
    store.acquire_lease = lambda *_, **__: clock.advance(12) or True
    duties.Duties(store, lambda: "1", clock=clock).tick()
    assert store.asked == []


def test_a_child_after_a_fork_does_not_hold_its_parents_lease():
    names = ["1"]
    made = duties.Duties(Worked(), lambda: names[0], clock=clocks.FakeClock())
    made.tick()
    assert made.holds
    names[0] = "2"
    assert not made.holds
