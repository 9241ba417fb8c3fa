"""The ASGI probe: the outermost wrapper of an application, in as few frames as possible.

It notes when a request arrived, when its response started and when its last body byte was handed to the server, counts
bytes, and hands the record over when the application has returned: so background tasks do not count as waiting. What
went wrong is seen from what was not sent: see `folding.outcome_of`. Messages pass through untouched; `send` is a
plain function that returns the server's own awaitable.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter_ns
from typing import Any

from paceline.observe import routes
from paceline.telemetry import recorder as recorders

# By name, against the habit of the house: in here a look-up through the module costs a tenth of the whole probe.
from paceline.telemetry.records import (
    ABORTED,
    BYTES_IN,
    BYTES_OUT,
    END,
    EXCEPTION,
    FIRST_BYTE,
    FLAGS,
    INCOMPLETE,
    PIECES,
    ROUTE,
    START,
    STATUS,
    STREAM,
    Record,
)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Entry = Callable[..., Awaitable[None]]

NOTICEABLE_NS = 50_000_000
"""Only a response later than this is checked for a client that had already gone; nobody gives up sooner."""

WEBSOCKET = "WEBSOCKET"
"""Method of websocket handshakes in keys."""

NO_PREFIX = "\0"
"""Stands in no path: nothing branches off."""

current = recorders.current


class Probe:
    """Measures every request that passes to `app`. A path that contains `prefix` goes to `aside` first."""

    def __init__(
        self,
        app: Application,
        recorder: recorders.Recorder,
        templates: routes.RouteTemplates,
        prefix: str = NO_PREFIX,
    ) -> None:
        self.app = app
        self.recorder = recorder
        self.prefix = prefix
        self.templates = templates
        self.entry = _entry(self, prefix)
        """The probe as a plain function, for whoever calls it on every request."""
        self._measured = _entry(self, NO_PREFIX)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one connection on; measure it, unless somebody outside does already."""
        return self.entry(scope, receive, send)

    async def aside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take what is no ordinary request: a websocket is measured by its handshake, a lifespan passes."""
        if scope["type"] == "websocket":
            await self.websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._measured(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Measure a handshake: users wait until it is accepted or refused; the session itself is no waiting."""
        outer = current.get()
        if outer is not None and outer[ROUTE] is None:
            await self.app(scope, receive, send)
            return
        record: Record = [perf_counter_ns(), 0, 0, 0, 0, 0, STREAM, WEBSOCKET, None, None, None]
        current.set(record)
        receive, send = _watched_websocket(record, receive, send)
        try:
            await self.app(scope, receive, send)
        except BaseException as error:
            self.note_exception(record, error)
            raise
        finally:
            if not record[END]:
                record[END] = perf_counter_ns()
                record[FLAGS] |= INCOMPLETE
            record[ROUTE] = self.templates.of(scope)
            self.recorder.finish(record)

    @staticmethod
    def note_incomplete(record: Record, send: Send) -> None:
        """End a record whose last body byte was never sent: the client left, or the application broke off.

        Starlette ends a streaming response without a word when its client is gone, so a response that began, raised
        nothing and has no end was left by its client.
        """
        record[END] = perf_counter_ns()
        record[FLAGS] |= INCOMPLETE
        if _has_gone(send) or (record[STATUS] and record[EXCEPTION] is None):
            record[FLAGS] |= ABORTED

    @staticmethod
    def note_exception(record: Record, error: BaseException) -> None:
        """Keep the type of what the application raised; an OSError while the response runs is a client that left.

        Starlette's BaseHTTPMiddleware ends a body that broke off below it as if it were whole, and raises afterwards:
        the client took half an answer for all of it.
        """
        record[EXCEPTION] = type(error).__name__
        if record[END]:
            if _broke_while_streaming(error):
                record[FLAGS] |= INCOMPLETE
        elif isinstance(error, OSError) and record[STATUS]:
            record[FLAGS] |= ABORTED


def _entry(probe: Probe, prefix: str) -> Entry:
    """Return the probe as a function: what it needs are its own variables, which cost less than attributes."""
    app, recorder, aside = probe.app, probe.recorder, probe.aside
    template_of, of = probe.templates.known.get, probe.templates.of
    pending = recorder.pending
    queue, get_current, set_current = pending.append, current.get, current.set

    async def entry(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or prefix in scope["path"]:
            await aside(scope, receive, send)
            return
        outer = get_current()
        if outer is not None and outer[ROUTE] is None:
            await app(scope, receive, send)
            return
        method = scope["method"]
        record: Record = [perf_counter_ns(), 0, 0, 0, 0, 0, 0, method, None, None, None]
        set_current(record)
        try:
            # A GET has no body to count, and that its client left shows in what could not be sent.
            watched = receive if method == "GET" else _watched_receive(record, receive)
            await app(scope, watched, _watched_send(record, send))
        except BaseException as error:
            probe.note_exception(record, error)
            raise
        finally:
            if not record[END]:
                probe.note_incomplete(record, send)
            # `RouteTemplates.of`, written out for a route that is known and not behind a mount.
            fastapi = scope.get("fastapi")
            source = fastapi.get("effective_route_context") if fastapi else scope.get("route")
            record[ROUTE] = (None if "app_root_path" in scope else template_of(id(source))) or of(scope)
            queue(record)
            if len(pending) >= recorder.fold_at:
                recorder.fold()

    return entry


def _watched_send(record: Record, send: Send) -> Send:
    started: Message | None = None

    def watched_send(message: Message) -> Awaitable[None]:
        nonlocal started
        part = message["type"]
        if part == "http.response.start":
            record[FIRST_BYTE] = perf_counter_ns()
            record[STATUS] = message["status"]
            started = message
        elif part == "http.response.body":
            # `in` before `[]`, and not `get`: what is asked of every response must not be a call.
            if "body" in message:
                record[BYTES_OUT] += len(message["body"])
            if "more_body" not in message or not message["more_body"]:
                record[END] = end = perf_counter_ns()
                if end - record[START] > NOTICEABLE_NS and _has_gone(send):
                    record[FLAGS] |= ABORTED
            elif started is not None:
                record[FLAGS] |= PIECES | STREAM if _is_event_stream(started) else PIECES
                started = None
        elif part == "http.response.pathsend":
            record[END] = perf_counter_ns()
        return send(message)

    return watched_send


def _watched_receive(record: Record, receive: Receive) -> Receive:
    async def watched_receive() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            if not record[END]:
                record[FLAGS] |= ABORTED
        else:
            record[BYTES_IN] += len(message.get("body") or b"")
        return message

    return watched_receive


def _watched_websocket(record: Record, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Users wait until the handshake is accepted or refused; the session itself is no waiting."""

    def watched_send(message: Message) -> Awaitable[None]:
        part = message["type"]
        if part == "websocket.send":
            record[BYTES_OUT] += _payload_bytes(message)
        elif not record[END]:
            record[FIRST_BYTE] = record[END] = perf_counter_ns()
            record[STATUS] = message.get("status", _HANDSHAKE_STATUS.get(part, 101))
        return send(message)

    async def watched_receive() -> Message:
        message = await receive()
        record[BYTES_IN] += _payload_bytes(message)
        return message

    return watched_receive, watched_send


def _payload_bytes(message: Message) -> int:
    """Return the length of a websocket message on the wire: a text travels as UTF-8."""
    text: str | None = message.get("text")
    if text:
        return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
    return len(message.get("bytes") or b"")


_HANDSHAKE_STATUS = {"websocket.accept": 101, "websocket.close": 403}
"""A close before the accept is answered by 403 (ASGI specification, WebSocket, "Close - send event")."""


def _has_gone(send: Send) -> bool:
    """Return whether the server already knows that the client is gone (uvicorn drops what is sent then)."""
    return bool(getattr(getattr(send, "__self__", None), "disconnected", False))


def _broke_while_streaming(error: BaseException) -> bool:
    """Return whether an exception came out of a body while it was streamed, and not out of a background task."""
    trace = error.__traceback__
    while trace is not None:
        code, module = trace.tb_frame.f_code, trace.tb_frame.f_globals.get("__name__")
        if module == "starlette.responses" and code.co_name == "stream_response":
            return True
        trace = trace.tb_next
    return False


def _is_event_stream(start: Message) -> bool:
    """Return whether a response that streams is one of server-sent events: its users wait for the first byte only."""
    for name, value in start.get("headers") or ():
        if name.lower() == b"content-type":
            return bytes(value).startswith(b"text/event-stream")
    return False
