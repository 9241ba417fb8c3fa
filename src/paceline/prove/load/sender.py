"""The engine: sends every arrival of a schedule at its intended time and counts what comes back.

One timer is armed for the next due arrival; when it fires, everything that is due by then is sent. No arrival waits for
an answer, and none is skipped when the generator falls behind: its lateness is recorded, and judged in the report.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from paceline.prove.load import plan, pool, protocol, results, scenario

_LEAD_NS = 20_000_000  # between the start of the clock and the first arrival, so that the first timer is armed in time
_MOST_AT_ONCE = 128  # arrivals sent in one turn of the loop, so that answers are read also by a generator in arrears
_MOST_ENCODED = 4_096  # requests whose bytes are kept
_SWEEPS_PER_TIMEOUT = 20
_LONGEST_SWEEP_S = 0.25
_PROGRESS_S = 0.5


class Sender:
    """One run: the timer, the arrivals still to come, the requests under way, the counts."""

    def __init__(self, orders: plan.Plan, authority: str) -> None:
        self.results = results.Results(planned=len(orders.schedule))
        self._orders = orders
        self._authority = authority
        self._requests: Iterator[scenario.Request] = orders.scenario.requests()
        self._encoded: dict[int, tuple[scenario.Request, protocol.Message, results.Tally]] = {}
        self._next = 0
        self._under_way = 0
        self._start_ns = 0
        self._cpu_start_ns = 0
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None

    async def send_all(
        self, connections: pool.Pool, on_progress: plan.ProgressCallback | None, stop: asyncio.Event | None
    ) -> None:
        """Return when every request has ended, or when told to stop."""
        loop = self._loop = asyncio.get_running_loop()
        self._connections = connections
        self._done: asyncio.Future[None] = loop.create_future()
        self._cpu_start_ns = time.thread_time_ns()
        self._start_ns = time.perf_counter_ns() + _LEAD_NS
        self._tick()
        sweep_s = min(self._orders.timeout_s / _SWEEPS_PER_TIMEOUT, _LONGEST_SWEEP_S)
        chores = [loop.create_task(self._every(sweep_s, connections.sweep))]
        if on_progress is not None:
            chores.append(loop.create_task(self._every(_PROGRESS_S, lambda: on_progress(self.progress()))))
        if stop is not None:
            chores.append(loop.create_task(self._until(stop)))
        try:
            await asyncio.wait({self._done, *chores}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.results.duration_ns = max(0, time.perf_counter_ns() - self._start_ns)
            await self._put_away(chores)

    def progress(self) -> plan.Progress:
        """Return where the run stands."""
        tallies = self.results.labels.values()
        return plan.Progress(
            elapsed_s=max(0, time.perf_counter_ns() - self._start_ns) / 1e9,
            planned=self.results.planned,
            sent=sum(tally.sent for tally in tallies),
            completed=sum(tally.completed for tally in tallies),
            failed=sum(tally.failed for tally in tallies),
        )

    def finish(self, connections: pool.Pool) -> None:
        """Close the books: nothing is under way any more."""
        counted = self.results
        counted.cpu_ns = time.thread_time_ns() - self._cpu_start_ns
        counted.connections = connections.opened
        counted.queued = connections.queued
        counted.retries = connections.retries

    # Called by the pool.

    def completed(self, exchange: protocol.Exchange, status: int, received_bytes: int) -> None:
        """Count a response."""
        now_ns = time.perf_counter_ns()
        tally = exchange.tally
        tally.response.record(now_ns - exchange.intended_ns)
        tally.service.record(now_ns - exchange.sent_ns)
        tally.statuses[status] = tally.statuses.get(status, 0) + 1
        tally.received_bytes += received_bytes
        self._settle()

    def failed(self, exchange: protocol.Exchange, kind: str) -> None:
        """Count an error; a timeout is also a measured time."""
        tally = exchange.tally
        tally.errors[kind] = tally.errors.get(kind, 0) + 1
        if kind == "timeout":
            now_ns = time.perf_counter_ns()
            tally.response.record(now_ns - exchange.intended_ns)
            if exchange.sent_ns:
                tally.service.record(now_ns - exchange.sent_ns)
        self._settle()

    def abandoned(self, exchange: protocol.Exchange) -> None:
        """Count a client that left."""
        exchange.tally.abandoned += 1
        self._settle()

    def _tick(self) -> None:
        self._timer = None
        try:
            pause_ns = self._send_due()
        except Exception as wrong:  # the user's scenario raised: inside a timer nobody would hear of it
            if not self._done.done():
                self._done.set_exception(wrong)
            return
        if pause_ns is None:
            self._end_if_settled()
        elif pause_ns <= 0:
            self._timer = self._loop.call_soon(self._tick)
        else:
            self._timer = self._loop.call_later(pause_ns / 1e9, self._tick)

    def _send_due(self) -> int | None:
        """Send what is due; return nanoseconds until the next arrival, None when there is none."""
        offsets = self._orders.schedule
        clock = time.perf_counter_ns
        late = self.results.lateness.record
        last = min(self._next + _MOST_AT_ONCE, len(offsets))
        now_ns = clock()
        while self._next < last:
            intended_ns = self._start_ns + int(offsets[self._next] * 1e9)
            if intended_ns > now_ns:
                return intended_ns - now_ns
            request = next(self._requests, None)
            if request is None:
                self._next = len(offsets)
                return None
            self._next += 1
            message, tally = self._encode(request)
            tally.sent += 1
            self._under_way += 1
            now_ns = clock()
            late(now_ns - intended_ns)
            self._connections.submit(protocol.Exchange(message, tally, intended_ns, now_ns))
        return 0 if self._next < len(offsets) else None

    def _encode(self, request: scenario.Request) -> tuple[protocol.Message, results.Tally]:
        # Keyed by identity, which is cheaper than the hash of five fields; the entry holds the request, so its id
        # cannot be given to another one.
        known = self._encoded.get(id(request))
        if known is not None:
            return known[1], known[2]
        message = protocol.encode(request, self._authority)
        tally = self.results.tally(request.label)
        if len(self._encoded) < _MOST_ENCODED:
            self._encoded[id(request)] = (request, message, tally)
        return message, tally

    def _settle(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._end_if_settled()

    def _end_if_settled(self) -> None:
        if not self._under_way and self._next >= len(self._orders.schedule) and not self._done.done():
            self._done.set_result(None)

    async def _put_away(self, chores: list[asyncio.Task[None]]) -> None:
        """Stop the timer and the chores, and raise what the scenario or the progress callback raised."""
        if self._timer is not None:
            self._timer.cancel()
        self._next = len(self._orders.schedule)
        for chore in chores:
            chore.cancel()
        outcomes = await asyncio.gather(*chores, return_exceptions=True)
        if self._done.done():
            self._done.result()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    @staticmethod
    async def _every(interval_s: float, chore: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(interval_s)
            chore()

    @staticmethod
    async def _until(stop: asyncio.Event) -> None:
        await stop.wait()
