"""The connections of a run: as many as the load needs at once, up to a bound.

Below the bound a request never waits for another one's answer: without an idle connection it opens its own, which is
what keeps the open model open during a stall. At the bound it queues, and its response time says so.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from paceline.prove.load import protocol, responses


class Listener(Protocol):
    """Who counts: hears exactly once of every exchange that was submitted."""

    def completed(self, exchange: protocol.Exchange, status: int, received_bytes: int) -> None:
        """Take a whole response."""
        ...

    def failed(self, exchange: protocol.Exchange, kind: str) -> None:
        """Take an exchange without one; `kind` is one of `results.ERROR_KINDS`."""
        ...

    def abandoned(self, exchange: protocol.Exchange) -> None:
        """Take an exchange whose client left before the response was whole, as its request asked for."""
        ...


class Pool:
    """Connections to one address; lives in the event loop that makes it."""

    def __init__(
        self,
        address: tuple[str, int],
        most: int,
        timeout_s: float,
        listener: Listener,
        new_parser: Callable[[], responses.ResponseParser],
    ) -> None:
        self._address = address
        self._most = most
        self._timeout_s = timeout_s
        self._listener = listener
        self._new_parser = new_parser
        self._idle: list[protocol.Connection] = []
        self._open: set[protocol.Connection] = set()
        self._opening: dict[asyncio.Task[None], protocol.Exchange] = {}
        self._waiting: deque[protocol.Exchange] = deque()
        self._closed = False
        self._emptied = asyncio.Event()
        self.opened = 0
        self.queued = 0
        self.retries = 0

    def submit(self, exchange: protocol.Exchange) -> None:
        """Send now, on an idle connection or a new one; queue if neither is to be had."""
        idle = self._idle
        while idle:
            connection = idle.pop()  # the last used one: the others may then grow old and be closed by the server
            if connection.usable:
                self._send(connection, exchange)
                return
        if self._has_room():
            self._start(exchange)
        else:
            self.queued += 1
            self._waiting.append(exchange)

    def sweep(self) -> None:
        """Time out what is older than the limit: call it every fraction of that limit."""
        oldest_ns = time.perf_counter_ns() - int(self._timeout_s * 1e9)
        for connection in tuple(self._open):
            exchange = connection.exchange
            if exchange is not None and exchange.handed_ns < oldest_ns:
                connection.abort()
                self._listener.failed(exchange, "timeout")
        while self._waiting and self._waiting[0].handed_ns < oldest_ns:
            self._listener.failed(self._waiting.popleft(), "timeout")

    async def close(self) -> None:
        """Cut everything off; exchanges still under way fail as `stopped`."""
        self._closed = True
        while self._waiting:
            self._listener.failed(self._waiting.popleft(), "stopped")
        opening = tuple(self._opening)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        self._emptied.clear()
        for connection in tuple(self._open):
            exchange = connection.exchange
            connection.abort()
            if exchange is not None:
                self._listener.failed(exchange, "stopped")
        if self._open:  # a transport tells its end in a later turn of the loop
            await self._emptied.wait()

    # Called by the connections.

    def answered(self, connection: protocol.Connection, exchange: protocol.Exchange) -> None:
        """Count a response and give the connection its next request."""
        self._listener.completed(exchange, connection.status, connection.received_bytes)
        if not connection.usable:
            return
        if self._waiting:
            self._send(connection, self._waiting.popleft())
        else:
            self._idle.append(connection)

    def broken(self, connection: protocol.Connection, exchange: protocol.Exchange, kind: str) -> None:
        """Count an exchange without response, or send it once more if the server had just closed an idle connection."""
        stale = kind == "reset" and connection.reused and not connection.received_bytes
        if not stale or exchange.retried or not exchange.message.idempotent or self._closed:
            self._listener.failed(exchange, kind)
            return
        exchange.retried = True
        self.retries += 1
        if self._has_room():
            self._start(exchange)
        else:
            self._waiting.appendleft(exchange)

    def lost(self, connection: protocol.Connection) -> None:
        """Forget a closed connection and open one for who waits."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if not self._open:
            self._emptied.set()
        self._refill()

    def _send(self, connection: protocol.Connection, exchange: protocol.Exchange) -> None:
        connection.send(exchange)
        patience_s = exchange.message.abandon_after_s
        if patience_s is not None:
            asyncio.get_running_loop().call_later(patience_s, self._abandon, connection, exchange)

    def _abandon(self, connection: protocol.Connection, exchange: protocol.Exchange) -> None:
        if connection.exchange is exchange:  # else it has ended, and the connection may carry another one
            connection.abort()
            self._listener.abandoned(exchange)

    def _has_room(self) -> bool:
        return len(self._open) + len(self._opening) < self._most

    def _refill(self) -> None:
        while self._waiting and self._has_room() and not self._closed:
            self._start(self._waiting.popleft())

    def _start(self, exchange: protocol.Exchange) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(exchange))
        self._opening[task] = exchange
        task.add_done_callback(self._settle_opening)

    async def _connect(self, exchange: protocol.Exchange) -> None:
        host, port = self._address
        left_s = self._timeout_s - (time.perf_counter_ns() - exchange.handed_ns) / 1e9
        async with asyncio.timeout(left_s):
            _, connection = await asyncio.get_running_loop().create_connection(self._new_connection, host, port)
        self.opened += 1
        if connection.closed:  # accepted and closed at once, before this task had its turn
            self._listener.failed(exchange, "reset")
            return
        self._open.add(connection)
        self._send(connection, exchange)

    def _settle_opening(self, task: asyncio.Task[None]) -> None:
        exchange = self._opening.pop(task)
        if task.cancelled():
            self._listener.failed(exchange, "stopped")
        elif isinstance(task.exception(), TimeoutError):
            self._listener.failed(exchange, "timeout")
        elif task.exception() is not None:
            self._listener.failed(exchange, "connect")
        self._refill()

    def _new_connection(self) -> protocol.Connection:
        return protocol.Connection(self, self._new_parser())
