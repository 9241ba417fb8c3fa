"""What the probe costs on this machine: measured once per process, around an application that does nothing.

To time the probe within real requests would cost as much again. So it runs in a hot loop, once, in the flush thread,
for about a millisecond, with a recorder of its own that nobody reads; what it takes longer than the same loop without
it is its price on warm caches. In an application caches are cold, by a factor that `make bench` shows. Folding is not
part of it: that is measured all the time.
"""

from __future__ import annotations

import contextvars
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any, cast

from paceline.observe import asgi, routes
from paceline.observe.sql import sqlalchemy
from paceline.telemetry import recorder as recorders
from paceline.telemetry import records as r

ROUNDS = 20
"""Of each loop, in turns; the quickest round of each counts, which nothing disturbed."""
REQUESTS = 10
"""A round, so 200 requests in all."""
STATEMENTS = 6
"""A round, so 120 in all; a seventh would have the record looked at, which is rare in requests."""

COLD_REQUEST = 2.7
COLD_STATEMENT = 7.0
"""How many times the hot loop a request and a statement cost within an application: `request` and `statement` of `make
bench`, less folding, over what this loop measured on the same machine (4.4 us over 1.64, 1.9 over 0.27)."""

log = logging.getLogger("paceline")


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the probe takes within a request of an application, in nanoseconds, folding left out."""

    request_ns: float
    statement_ns: float
    """For each statement on top."""


def calibrate() -> Calibration | None:
    """Return what the probe costs here; None if it could not be measured."""
    try:
        # A context of its own: the request of whoever calls must not become that of the loop, nor the other way round.
        return contextvars.copy_context().run(_calibrate)
    except Exception:  # a figure about ourselves is worth no failure
        log.debug("paceline could not measure its own cost", exc_info=True)
        return None


def _calibrate() -> Calibration:
    recorder = recorders.Recorder()
    recorder.fold_at = sys.maxsize  # what is queued is thrown away, unread
    request_ns = _added(_bare_requests, _watched_requests(recorder)) / REQUESTS
    statement_ns = _added(_bare_statements, _watched_statements(recorder)) / STATEMENTS
    return Calibration(round(request_ns * COLD_REQUEST, 1), round(statement_ns * COLD_STATEMENT, 1))


def _added(bare: Callable[[], None], watched: Callable[[], None]) -> int:
    """Return how many nanoseconds one round takes longer when watched."""
    quickest = {bare: sys.maxsize, watched: sys.maxsize}
    for _ in range(ROUNDS):
        for act in (bare, watched):
            began = perf_counter_ns()
            act()
            quickest[act] = min(quickest[act], perf_counter_ns() - began)
    return max(0, quickest[watched] - quickest[bare])


_START: asgi.Message = {"type": "http.response.start", "status": 200, "headers": []}
_BODY: asgi.Message = {"type": "http.response.body", "body": b"hello"}


class _Route:
    path = "/"


_ROUTE = _Route()


async def _answer(scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
    scope["route"] = _ROUTE
    await send(_START)
    await send(_BODY)


async def _receive() -> asgi.Message:
    return {"type": "http.disconnect"}


async def _send(_message: asgi.Message) -> None:
    pass


def _serve(application: asgi.Application) -> None:
    """Serve requests without an event loop: nothing in here ever waits."""
    for _ in range(REQUESTS):
        _finish(application({"type": "http", "method": "GET", "path": "/"}, _receive, _send))


def _finish(answering: Awaitable[None]) -> None:
    try:
        cast("Coroutine[Any, Any, None]", answering).send(None)
    except StopIteration:
        return


def _bare_requests() -> None:
    _serve(_answer)


def _watched_requests(recorder: recorders.Recorder) -> Callable[[], None]:
    probe = asgi.Probe(_answer, recorder, routes.RouteTemplates(None))

    def serve() -> None:
        _serve(probe)
        recorder.pending.clear()

    return serve


class _Cursor:
    def execute(self, _statement: str, _parameters: object) -> None:
        """Do nothing, as a database in no time."""


_CURSOR = _Cursor()


def _bare_statements() -> None:
    recorders.current.set(r.new(0, "GET"))
    for _ in range(STATEMENTS):
        _CURSOR.execute("select 1", ())


def _watched_statements(recorder: recorders.Recorder) -> Callable[[], None]:
    measured = sqlalchemy.timed_default(recorder)

    def run() -> None:
        recorders.current.set(r.new(0, "GET"))
        for _ in range(STATEMENTS):
            measured(_CURSOR, "select 1", ())

    return run
