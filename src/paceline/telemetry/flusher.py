"""The flush thread: every 2 s it takes the running window, adds the gauges and hands it to the store.

It starts on first use, never before a fork, and is a daemon that is also ended by `stop`. A store that is slow, full,
read-only or gone costs the host nothing: what could not be written waits in a backlog of a few windows, then the oldest
is dropped, counted, and said once a minute on the logger `paceline`.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from paceline import clock as clocks
from paceline import errors
from paceline.telemetry import recorder as recorders
from paceline.telemetry import slow_log
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface

BACKLOG = 5
"""Windows that wait for a store which does not take them: 10 s, at most some MB."""
COMPLAIN_EVERY_S = 60.0
JOIN_TIMEOUT_S = 1.5
"""How long `stop` waits: a process that is told to leave is gone within 2 s."""
LAST_TRIES = 2
"""How often the thread tries again at its end: workers that leave together meet at the lock of their store."""

Collect = Callable[[], Mapping[windows.Key, windows.Gauge]]
Tick = Callable[[], None]

log = logging.getLogger("paceline")


class Flusher:
    """Owns the flush thread of one process."""

    def __init__(
        self, recorder: recorders.Recorder, store: interface.Store, clock: clocks.Clock = clocks.SYSTEM
    ) -> None:
        self.collectors: list[Collect] = []
        self.after_flush: list[Tick] = []
        """Called after each flush, in the flush thread: commands from `control`, duties of the lease holder."""
        self.dropped_windows = 0
        self._recorder = recorder
        self._store = store
        self._clock = clock
        self._slow_log = slow_log.SlowLog()
        self._backlog: deque[windows.Window] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._complained_ns: int | None = None
        self._began_ms = clock.now_ms()
        recorder.on_first_use = self.start
        recorder.on_full = self._wake.set

    def start(self) -> None:
        """Start the thread unless it runs; a child after a fork starts its own at its first use."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._wake = threading.Event()
        self._recorder.on_full = self._wake.set
        self._stopping = False
        # What a parent had not written when it forked is the parent's to write.
        self._backlog = deque(window for window in self._backlog if window.worker == self._recorder.worker)
        self._thread = threading.Thread(target=self._run, name="paceline-flush", daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """Flush what there is and end the thread, within JOIN_TIMEOUT_S; return whether there was one. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is None or not thread.is_alive():
            return False
        self._stopping = True
        self._wake.set()
        thread.join(JOIN_TIMEOUT_S)
        return True

    def _run(self) -> None:
        stopping = False
        while not stopping:
            interval_ms = windows.INTERVAL_MS
            self._wake.wait((interval_ms - self._clock.now_ms() % interval_ms) / 1_000)
            self._wake.clear()
            stopping = self._stopping  # read before the flush: what ends while it runs must have one more
            if stopping:
                self._recorder.note(windows.Event(windows.WORKER_LEFT, self._clock.now_ms(), {}))
            self.flush()
        self._write_rest()

    def flush(self) -> None:
        """Write the window so far; never raises."""
        began = time.thread_time_ns()
        try:
            start_ms = self._slot()
            window = self._recorder.take(start_ms, self._gauges())
            self._slow_log.write(window.events, window.texts)
            self._backlog.append(window)
            self._write_backlog()
            for tick in self.after_flush:
                tick()
        except Exception:  # the flush thread outlives every mistake of ours; the host never hears of it
            log.exception("paceline could not flush; the window is dropped")
        self._recorder.add_own_cost(time.thread_time_ns() - began)

    def _slot(self) -> int:
        """Return the slot that most of the window lies in: the thread wakes a little early or late."""
        now_ms = self._clock.now_ms()
        began_ms, self._began_ms = self._began_ms, now_ms
        return windows.grid((max(began_ms, now_ms - windows.INTERVAL_MS) + now_ms) // 2)

    def _gauges(self) -> dict[windows.Key, windows.Gauge]:
        gauges: dict[windows.Key, windows.Gauge] = {}
        for collect in self.collectors:
            gauges.update(collect())
        return gauges

    def _write_backlog(self) -> None:
        try:
            while self._backlog:
                self._store.write(self._with_drops(self._backlog[0]))
                self._backlog.popleft()
                self.dropped_windows = 0
        except errors.StoreError as problem:
            while len(self._backlog) > BACKLOG:
                self._backlog.popleft()
                self.dropped_windows += 1
                self._recorder.resend_texts()
            self._complain(problem)
        except Exception:  # not the store's word but a mistake, which would meet the same window again: it is dropped
            self._backlog.popleft()
            self.dropped_windows += 1
            raise

    def _write_rest(self) -> None:
        for _ in range(LAST_TRIES):
            if not self._backlog:
                return
            try:
                self._write_backlog()
            except Exception:  # as in `flush`
                log.exception("paceline could not write its last window; it is dropped")

    def _with_drops(self, window: windows.Window) -> windows.Window:
        if self.dropped_windows:
            counters = {**window.counters, (windows.DROPPED, "windows"): self.dropped_windows}
            return dataclasses.replace(window, counters=counters)
        return window

    def _complain(self, problem: errors.StoreError) -> None:
        now_ns = self._clock.monotonic_ns()
        if self._complained_ns is None or now_ns - self._complained_ns > COMPLAIN_EVERY_S * 1e9:
            self._complained_ns = now_ns
            log.warning("%s; %d windows dropped so far, requests are not affected", problem, self.dropped_windows)
