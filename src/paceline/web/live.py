"""The live stream: one small frame per window of two seconds, made once and shared by everybody who looks.

Server-sent events, with the frame's cursor as the event id: a browser that reconnects says where it was and gets the
next newer frame, never one twice. A frame holds the points of the last minute, so a short gap closes by itself. Where
a stream cannot be kept open, `?poll=1` gives the same frame as JSON.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from paceline.engine.answers import live as live_answers
from paceline.web import asking, problems

MAX_WATCHERS = 20
"""Open streams per process; the page falls back to polling beyond it."""

router = APIRouter(tags=["live"])

_log = logging.getLogger("paceline.web")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things happen; tests take shorter ones."""

    frame_s: float = 2.0
    """The window of the store: nothing new can be seen sooner."""
    keep_alive_s: float = 15.0
    """Silence after which a comment is sent, below the idle timeouts of usual proxies."""
    look_s: float = 0.5
    """How often it is looked whether the server wants to stop."""
    stream_s: float = 3_600.0
    """Longest stream; the browser then reconnects and shows its credential again."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it is sent."""

    cursor: int
    body: bytes


def host_is_stopping() -> bool:
    """Return whether uvicorn has been told to stop: it waits for open streams, so they must end by themselves.

    Its signal handler is a method of the server; that is looked at, never replaced.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))


class Broadcast:
    """Makes frames while somebody watches and hands each to all watchers; lives on the event loop of the server."""

    def __init__(self, desk: asking.Desk, pace: Pace, stopping: Callable[[], bool] = host_is_stopping) -> None:
        self._desk = desk
        self._pace = pace
        self._stopping = stopping
        self._frame: Frame | None = None
        self._made_at = 0.0
        self._next = asyncio.Event()
        self._nobody = asyncio.Event()
        self._making: asyncio.Task[Frame] | None = None
        self._pump: asyncio.Task[None] | None = None
        self.watchers = 0

    async def latest(self) -> Frame:
        """Return the frame of this window; however many ask, the service is asked once. PacelineError passes."""
        fresh = time.monotonic() - self._made_at < self._pace.frame_s * 0.9
        if self._frame is not None and fresh:
            return self._frame
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make())
        return await asyncio.shield(self._making)

    async def watch(self, cursor: int) -> AsyncIterator[bytes]:
        """Yield events newer than the cursor, and comments where nothing happens, until the server stops."""
        self.watchers += 1
        self._nobody.clear()
        try:
            if self._pump is None or self._pump.done():
                self._pump = asyncio.create_task(self._run())
            yield b"retry: 2000\n\n"
            ends_at = time.monotonic() + self._pace.stream_s
            while not self._stopping() and time.monotonic() < ends_at:
                coming = self._next
                if self._frame is not None and self._frame.cursor > cursor:
                    cursor = self._frame.cursor
                    yield b"id: %d\nevent: frame\ndata: %s\n\n" % (cursor, self._frame.body)
                elif not await _happens(coming, self._pace.keep_alive_s):
                    yield b": keep-alive\n\n"
        finally:
            self.watchers -= 1
            if not self.watchers:
                self._nobody.set()

    async def _run(self) -> None:
        while self.watchers and not self._stopping():
            before = self._frame
            try:
                await self.latest()
            except Exception:
                # The page shows how old its numbers are; the next window may work, and the streams must end in time.
                _log.debug("paceline: no frame for the live view", exc_info=True)
            if self._frame is not None and (before is None or self._frame.cursor > before.cursor):
                self._wake()
            await self._sleep()
        self._wake()

    async def _sleep(self) -> None:
        until = time.monotonic() + self._pace.frame_s
        while (left := until - time.monotonic()) > 0 and self.watchers and not self._stopping():
            await _happens(self._nobody, min(left, self._pace.look_s))

    async def _make(self) -> Frame:
        found = await self._desk.ask(lambda service: _framed(service.live()))
        self._frame = found
        self._made_at = time.monotonic()
        return found

    def _wake(self) -> None:
        waiting, self._next = self._next, asyncio.Event()
        waiting.set()


@router.get(
    "/live",
    response_model=live_answers.LiveFrame,
    responses={200: {"content": {"text/event-stream": {}}, "description": "The stream; with `poll=1` one frame."}},
    summary="The last minute, again every two seconds",
)
async def live(
    request: Request,
    cursor: Annotated[int | None, Query(ge=0, description="Send only what is newer; `Last-Event-ID` wins.")] = None,
    poll: Annotated[bool, Query(description="One frame as JSON instead of a stream.")] = False,
) -> Response:
    """Stream a frame for each finished window as a server-sent event `frame`, or return one with `poll=1`."""
    broadcast: Broadcast = request.app.state.broadcast
    if poll:
        return Response((await broadcast.latest()).body, media_type="application/json")
    if broadcast.watchers >= MAX_WATCHERS:
        return problems.response(503, "Too many open streams; poll with ?poll=1.", headers={"Retry-After": "10"})
    last = request.headers.get("last-event-id", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 20 else cursor or 0
    return StreamingResponse(
        broadcast.watch(after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
    )


def _framed(frame: live_answers.LiveFrame) -> Frame:
    return Frame(frame.cursor, asking.to_json(frame))


async def _happens(event: asyncio.Event, within_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within_s)
    except TimeoutError:
        return False
    return True
