"""One keep-alive HTTP/1.1 connection, straight on asyncio's transport.

A request is encoded once and written as one piece; a response is followed to its end and its bytes are dropped. There
is no stream, no future and no task per request, which is what makes a request cost microseconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from paceline.prove.load import responses, results, scenario

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})  # RFC 9110 section 9.2.2
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})  # RFC 9110 section 8.6: these tell a length even of no body


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it goes over the wire."""

    wire: bytes
    answered_without_body: bool
    idempotent: bool
    abandon_after_s: float | None = None


def encode(request: scenario.Request, authority: str) -> Message:
    """Return the bytes of a request to the server of that host and port."""
    given = {name.lower() for name, _ in request.headers}
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    if "host" not in given:
        lines.append(f"host: {authority}")
    if "user-agent" not in given:
        lines.append("user-agent: paceline-load")
    lines += [f"{name}: {value}" for name, value in request.headers]
    body = request.body or b""
    if request.body is not None or request.method in _WITH_LENGTH:
        lines.append(f"content-length: {len(body)}")
    head = "\r\n".join([*lines, "", ""]).encode("ascii")
    return Message(head + body, request.method == "HEAD", request.method in _IDEMPOTENT, request.abandon_after_s)


class Exchange:
    """One request on its way to its answer."""

    __slots__ = ("handed_ns", "intended_ns", "message", "retried", "sent_ns", "tally")

    def __init__(self, message: Message, tally: results.Tally, intended_ns: int, handed_ns: int) -> None:
        self.message = message
        self.tally = tally
        self.intended_ns = intended_ns
        self.handed_ns = handed_ns
        self.sent_ns = 0
        """When it was written to an open connection; 0 before."""
        self.retried = False


class Owner(Protocol):
    """Who is told what became of a connection."""

    def answered(self, connection: Connection, exchange: Exchange) -> None:
        """Take a complete response: `connection.status` and `received_bytes` tell about it."""
        ...

    def broken(self, connection: Connection, exchange: Exchange, kind: str) -> None:
        """Take an exchange that ended without a response; the connection is closing."""
        ...

    def lost(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        ...


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time."""

    __slots__ = ("_owner", "_parser", "_transport", "closed", "exchange", "received_bytes", "reused")

    def __init__(self, owner: Owner, parser: responses.ResponseParser) -> None:
        self._owner = owner
        self._parser = parser
        self._transport: asyncio.Transport | None = None
        self.exchange: Exchange | None = None
        self.received_bytes = 0
        """Bytes of the current response, head included."""
        self.reused = False
        """Whether an earlier exchange was answered here."""
        self.closed = False
        """Whether the transport has told its end."""

    @property
    def status(self) -> int:
        """Return the status of the last response."""
        return self._parser.status

    @property
    def usable(self) -> bool:
        """Return whether another request may be sent now."""
        return self._parser.keep_alive and self._transport is not None and not self._transport.is_closing()

    def send(self, exchange: Exchange) -> None:
        """Write a request; the owner hears how it ends."""
        transport = self._transport
        if transport is None:
            raise RuntimeError("send before the connection was made")
        self.exchange = exchange
        self.received_bytes = 0
        self._parser.begin(without_body=exchange.message.answered_without_body)
        exchange.sent_ns = time.perf_counter_ns()
        transport.write(exchange.message.wire)

    def abort(self) -> None:
        """Close at once; an exchange under way is dropped without a word."""
        self.exchange = None
        if self._transport is not None:
            self._transport.abort()

    # Called by the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Follow the response; bytes that nobody asked for close the connection."""
        exchange = self.exchange
        if exchange is None:
            self.abort()
            return
        self.received_bytes += len(data)
        try:
            complete = self._parser.feed(data)
        except responses.BadResponse:
            self.abort()
            self._owner.broken(self, exchange, "protocol")
            return
        if complete:
            self._answer(exchange)

    def connection_lost(self, exc: Exception | None) -> None:
        """Settle the exchange under way: complete if its body lasts until the close, else reset."""
        self.closed = True
        exchange, self.exchange = self.exchange, None
        self._owner.lost(self)
        if exchange is None:
            return
        if exc is None and self._parser.ends_at_close():
            self._owner.answered(self, exchange)
        else:
            self._owner.broken(self, exchange, "reset")

    def _answer(self, exchange: Exchange) -> None:
        self.exchange = None
        self.reused = True
        if not self._parser.keep_alive:
            self.abort()
        self._owner.answered(self, exchange)


def parser_factory() -> Callable[[], responses.ResponseParser]:
    """Return what makes parsers: the one on httptools if that is installed, else our own."""
    try:
        from paceline.prove.load import httptools
    except ImportError:
        return responses.PlainParser
    return httptools.HttptoolsParser
