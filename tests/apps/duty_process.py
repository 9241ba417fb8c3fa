"""A process that does duties over and over, and tells in a log when it works; started by the test of duties.

Its clock is the machine's plus the seconds that stand in a file, so that a test moves the time of all processes at once.
"""

import os
import sys
import time
from pathlib import Path

from paceline.engine import duties
from paceline.telemetry.store import opening


class SharedClock:
    """The machine's clocks, moved by what a file says."""

    def __init__(self, path):
        self._path = Path(path)

    def now_ms(self):
        return time.time_ns() // 1_000_000 + int(self._path.read_text() or 0) * 1_000

    def monotonic_ns(self):
        return time.perf_counter_ns() + int(self._path.read_text() or 0) * 1_000_000_000


class Telling:
    """A store that tells when it is worked on."""

    def __init__(self, store, log):
        self._store = store
        self._log = log

    def __getattr__(self, name):
        return getattr(self._store, name)

    def roll_up(self):
        os.write(self._log, f"{os.getpid()}\n".encode())
        return self._store.roll_up()


def main(folder, preferred):
    clock = SharedClock(f"{folder}/clock")
    log = os.open(f"{folder}/log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    store = Telling(opening.open_store(f"sqlite:///{folder}/a.db", service="s", clock=clock), log)
    made = duties.Duties(store, lambda: str(os.getpid()), preferred=preferred == "preferred", clock=clock)
    while True:
        made.tick()
        time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
