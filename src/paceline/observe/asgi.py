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
from paceline.telemetry import records as r

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

NOTICEABLE_NS = 50_000_000
"""Only a response later than this is checked for a client that had already gone; nobody gives up sooner."""

WEBSOCKET = "WEBSOCKET"
"""Method of websocket handshakes in keys."""

_MEASURED = ("http", "websocket")

current = recorders.current


class Probe:
    """Measures every request that passes to `app`."""

    __slots__ = ("app", "recorder", "template_of")

    def __init__(self, app: Application, recorder: recorders.Recorder, templates: routes.RouteTemplates) -> None:
        self.app = app
        self.recorder = recorder
        self.template_of = templates.of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on; measure it when it is a request or a websocket that nobody measures yet."""
        kind = scope["type"]
        outer = current.get()
        if kind not in _MEASURED or (outer is not None and not outer[r.FLAGS] & r.FINISHED):
            await self.app(scope, receive, send)
            return
        if kind == "http":
            record: r.Record = [perf_counter_ns(), 0, 0, 0, 0, 0, 0, scope["method"], None, None, None]
            receive, send = _watched(record, receive, send)
        else:
            record = [perf_counter_ns(), 0, 0, 0, 0, 0, r.STREAM, WEBSOCKET, None, None, None]
            receive, send = _watched_websocket(record, receive, send)
        current.set(record)
        try:
            await self.app(scope, receive, send)
        except BaseException as error:
            record[r.EXCEPTION] = type(error).__name__
            if isinstance(error, OSError) and record[r.STATUS]:
                record[r.FLAGS] |= r.ABORTED
            raise
        finally:
            if record[r.END]:
                record[r.FLAGS] |= r.FINISHED
            else:
                record[r.END] = perf_counter_ns()
                record[r.FLAGS] |= r.FINISHED | r.INCOMPLETE
            record[r.ROUTE] = self.template_of(scope)
            self.recorder.finish(record)


def _watched(record: r.Record, receive: Receive, send: Send) -> tuple[Receive, Send]:
    started: Message | None = None

    def watched_send(message: Message) -> Awaitable[None]:
        nonlocal started
        part = message["type"]
        if part == "http.response.start":
            record[r.FIRST_BYTE] = perf_counter_ns()
            record[r.STATUS] = message["status"]
            started = message
        elif part == "http.response.body":
            if "body" in message:
                record[r.BYTES_OUT] += len(message["body"])
            if not message.get("more_body"):
                record[r.END] = end = perf_counter_ns()
                if end - record[r.START] > NOTICEABLE_NS and _has_gone(send):
                    record[r.FLAGS] |= r.ABORTED
            elif started is not None:
                if _is_event_stream(started):
                    record[r.FLAGS] |= r.STREAM
                started = None
        elif part == "http.response.pathsend":
            record[r.END] = perf_counter_ns()
        return send(message)

    async def watched_receive() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            if not record[r.END]:
                record[r.FLAGS] |= r.ABORTED
        else:
            record[r.BYTES_IN] += len(message.get("body") or b"")
        return message

    return watched_receive, watched_send


def _watched_websocket(record: r.Record, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Users wait until the handshake is accepted or refused; the session itself is no waiting."""

    def watched_send(message: Message) -> Awaitable[None]:
        part = message["type"]
        if part == "websocket.send":
            record[r.BYTES_OUT] += len(message.get("bytes") or message.get("text") or "")
        elif not record[r.END]:
            record[r.FIRST_BYTE] = record[r.END] = perf_counter_ns()
            record[r.STATUS] = message.get("status", _HANDSHAKE_STATUS.get(part, 101))
        return send(message)

    async def watched_receive() -> Message:
        message = await receive()
        record[r.BYTES_IN] += len(message.get("bytes") or message.get("text") or "")
        return message

    return watched_receive, watched_send


_HANDSHAKE_STATUS = {"websocket.accept": 101, "websocket.close": 403}
"""A close before the accept is answered by 403 (ASGI specification, WebSocket, "Close - send event")."""


def _has_gone(send: Send) -> bool:
    """Return whether the server already knows that the client is gone (uvicorn drops what is sent then)."""
    return bool(getattr(getattr(send, "__self__", None), "disconnected", False))


def _is_event_stream(start: Message) -> bool:
    """Return whether a response that streams is one of server-sent events: its users wait for the first byte only."""
    for name, value in start.get("headers") or ():
        if name.lower() == b"content-type":
            return bytes(value).startswith(b"text/event-stream")
    return False
