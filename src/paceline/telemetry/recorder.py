"""The recorder: owns the current request of each context, and the running window.

`current` is what a driver's hook looks up. A request that ended is queued by `finish` and folded with others later; a
statement outside any request is counted under the background route at once.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextvars import ContextVar

from paceline.telemetry import records as r
from paceline.telemetry import window as windows
from paceline.telemetry.running import encoding, folding
from paceline.telemetry.running import limits as bounds

log = logging.getLogger("paceline")

FOLD_EVERY = 128
"""Records queued before they are folded: their loop takes about 0.15 ms and runs on warm caches."""
FOLD_NS = 5_000_000
"""What folding may take off a request; when it took longer, the next one folds fewer, the flush thread the rest.

Only texts never seen before take long, so that it comes to this in an application that writes values into its texts.
"""

current: ContextVar[r.Record | None] = ContextVar("paceline_request", default=None)


class Recorder:
    """Queues finished records and folds them; safe to call from any thread."""

    def __init__(self, limits: bounds.Limits | None = None) -> None:
        self.limits = limits or bounds.Limits()
        self.pending: list[r.Record] = []
        self.on_first_use: Callable[[], None] | None = None
        """Called once, from the first finished request or statement: starts the flush thread, never before a fork."""
        self.on_full: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._begin()
        after_fork = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (alive := after_fork()) and alive())

    def _begin(self) -> None:
        self.worker = str(os.getpid())
        self._folding = folding.Folding(self.limits, self.worker)
        self._own_cost_ns = 0
        self._at_once = FOLD_EVERY
        self.fold_at = 1
        """Queue length at which whoever queued the last record folds; 1 until first use."""

    def _after_fork(self) -> None:
        # Whatever the parent had not flushed is the parent's to flush; its lock may have been held by a dead thread.
        self._lock = threading.Lock()
        self.pending.clear()
        self._begin()

    def finish(self, record: r.Record) -> None:
        """Queue a request that is over; every 128th caller folds the queue."""
        self.pending.append(record)
        if len(self.pending) >= self.fold_at:
            self.fold()

    def fold(self) -> None:
        """Fold what is queued; returns at once when another thread is at it."""
        if self.fold_at == 1:
            self.begin()
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._fold_some()
            full = self._folding.is_full
        except Exception:  # runs inside a request of the host, which must never meet a mistake of ours
            log.exception("paceline could not fold a request; it is not counted")
            return
        finally:
            self._lock.release()
        if full and self.on_full is not None:
            self.on_full()

    def _fold_some(self) -> None:
        """Fold as many as a request can be asked to, by what the last ones took."""
        took_ns = self._fold_pending(self._at_once)
        if took_ns > FOLD_NS:
            self._at_once = max(1, self._at_once * FOLD_NS // took_ns)
        else:
            self._at_once = min(2 * self._at_once, FOLD_EVERY)

    def _fold_pending(self, most: int | None = None) -> int:
        """Fold what is queued, the oldest first, at most so many; return the nanoseconds it took."""
        began = time.perf_counter_ns()
        batch = self.pending[:most]
        del self.pending[: len(batch)]  # others may have queued more meanwhile
        self._folding.fold(batch)
        took_ns = time.perf_counter_ns() - began
        self._own_cost_ns += took_ns
        return took_ns

    def background(self, text: str, duration_ns: int, *, failed: bool = False, call_site: str | None = None) -> None:
        """Count a statement that ran outside any request."""
        if self.fold_at == 1:
            self.begin()
        with self._lock:
            slot = self._folding.statements.fold_background(text, duration_ns, failed=failed)
            if duration_ns >= self.limits.slow_statement_ns:
                self._folding.kept.slow_background(slot.key[0], duration_ns, call_site)

    def take(self, start_ms: int, gauges: Mapping[windows.Key, windows.Gauge]) -> windows.Window:
        """Fold what is queued and return the window so far, encoded; begin a new one.

        What requests left to be folded (thousands of statements each) is folded here, giving lock and interpreter away
        after every slice.
        """
        while True:
            with self._lock:
                self._fold_pending()
                if not self._folding.statements.fold_waiting():
                    taken = self._folding.take()
                    own_cost_ns, self._own_cost_ns = self._own_cost_ns, 0
                    break
            time.sleep(0)
        return encoding.encode(taken, worker=self.worker, start_ms=start_ms, gauges=gauges, own_cost_ns=own_cost_ns)

    def note(self, event: windows.Event) -> None:
        """Add an event to the running window."""
        with self._lock:
            self._folding.kept.note(event)

    def discard(self) -> None:
        """Forget what the running window holds (`clear-metrics`)."""
        with self._lock:
            self._fold_pending()
            self._folding.statements.forget_waiting()
            if self._folding.take().statements.texts:
                self._folding.statements.forget_texts_sent()  # what was seen first in this window is handed out later
            self._folding.samples.forget()

    def change_limits(
        self,
        *,
        slow_statement_ns: int,
        slow_response_ns: int,
        excluded_routes: frozenset[str],
        statement_samples: str = "types",
    ) -> None:
        """Let other limits hold from now on."""
        with self._lock:
            self.limits.slow_statement_ns = slow_statement_ns
            self.limits.slow_response_ns = slow_response_ns
            self.limits.excluded_routes = excluded_routes
            if statement_samples != self.limits.statement_samples:
                self.limits.statement_samples = statement_samples
                self._folding.samples.forget()  # values, and types that would stand in the way of values
            self._folding.follow_limits()

    def samples(self, fingerprint: str) -> list[tuple[int, r.Sample]]:
        """Return the examples of a statement's values, each with its age in nanoseconds, oldest first."""
        now_ns = time.perf_counter_ns()
        with self._lock:
            self._fold_pending()
            return [(now_ns - at_ns, sample) for at_ns, sample in self._folding.samples.of(fingerprint, now_ns)]

    def add_own_cost(self, duration_ns: int) -> None:
        """Count time that paceline itself spent in this process."""
        with self._lock:
            self._own_cost_ns += duration_ns

    def resend_texts(self) -> None:
        """Hand out every statement text again, for a store that begins anew."""
        with self._lock:
            self._folding.statements.forget_texts_sent()

    def begin(self) -> None:
        """Let queues grow from now on, since somebody takes windows: the flush thread, started here on first use."""
        with self._lock:  # two first requests in two threads start one flush thread
            first, self.fold_at = self.fold_at == 1, FOLD_EVERY
        if first and self.on_first_use is not None:
            self.on_first_use()
