"""A store without a file stays small; a store with one serves many threads."""

import threading

from paceline import clock
from paceline.telemetry import histogram, window
from paceline.telemetry.store import interface, opening
from paceline.telemetry.store.sqlite_file import sources

T0 = 1_767_225_600_000
HITS = ("hits", "a")


def test_memory_stays_bounded_when_duties_run():
    time = clock.FakeClock(T0)
    store = opening.open_store("sqlite://", service="s", clock=time)
    whole = histogram.Histogram()
    whole.extend(range(0, 50_000, 500))
    values = {("request", "GET", f"/{n}", "ok"): window.Tally.of(whole) for n in range(100)}
    for _ in range(200):
        store.write(window.Window("w1", time.now_ms(), values))
        time.advance(4)
        while store.roll_up() or store.retain():
            pass
    assert store.status().size_bytes <= sources.MEMORY_BYTES
    assert store.read(interface.Range(T0, time.now_ms())).of_kind("request")
    store.close()


def test_threads_share_a_store(tmp_path):
    store = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s")

    def work(name):
        for number in range(20):
            store.write(window.Window(name, T0 + number * 2_000, {}, {HITS: 1}))
            store.read(interface.Range(T0, T0 + 60_000))

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert store.read(interface.Range(T0, T0 + 60_000)).counters[HITS] == 120
    store.close()
