"""The other companies that the shop calls: a payment provider, a carrier and the tax office.

They stand behind real HTTP on a loopback port of their own, served by a thread, so that a call costs what such calls
cost: a connection, a request, and mostly waiting. They are no routes of the shop, because they are not the shop's work.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zlib import crc32

SAMPLE_SIGNING_KEY = b"sample-signing-key"
"""What the payment provider and every sample shop agreed upon."""

TIMEOUT_S = 5.0

PAYMENTS, RATES, NUMBERS = "/payments", "/rates", "/numbers"
_THINKING_S = {PAYMENTS: 0.12, RATES: 0.09, NUMBERS: 0.04}
"""How long each takes before it answers: the usual tenth of a second of a card check, less for what is looked up."""

_REFUSED_ONE_IN = 20  # cards that have expired or are empty

_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"


def sign(body: bytes) -> str:
    """Return the signature that the payment provider puts beside the body of its messages."""
    return hmac.new(SAMPLE_SIGNING_KEY, body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Partners:
    """Clients of the partners, who listen at `port`."""

    port: int = 0

    async def ask(self, path: str, **parameters: object) -> dict[str, Any]:
        """Return the answer of a partner; other requests go on meanwhile.

        Raises:
            OSError: nobody listens, or not in time.
        """
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(f"GET {path}?{urlencode(parameters)} HTTP/1.1\r\nhost: partners\r\n\r\n".encode())
                _, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
        return json.loads(body)

    def ask_blocking(self, path: str, **parameters: object) -> dict[str, Any]:
        """Return the same answer; the calling thread stands still until it is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", f"{path}?{urlencode(parameters)}")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def served() -> Generator[Partners]:
    """Serve the partners in a thread until left, and yield how to ask them."""
    started: Future[tuple[int, Callable[[], object]]] = Future()
    thread = threading.Thread(target=asyncio.run, args=(_serve(started),), name="shop-partners", daemon=True)
    thread.start()
    port, stop = started.result(TIMEOUT_S)
    try:
        yield Partners(port)
    finally:
        stop()
        thread.join(TIMEOUT_S)


async def _serve(started: Future[tuple[int, Callable[[], object]]]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    async with await asyncio.start_server(_converse, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        started.set_result((port, lambda: loop.call_soon_threadsafe(stop.set)))
        await stop.wait()


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request and close; a client that has left is nobody's fault."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        asked = urlsplit(head.split(b" ", 2)[1].decode())
        await asyncio.sleep(_THINKING_S[asked.path])
        body = json.dumps(_answer(asked.path, dict(parse_qsl(asked.query)))).encode()
        writer.write(_HEAD.format(length=len(body)).encode() + body)
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()


def _answer(path: str, asked: dict[str, str]) -> dict[str, Any]:
    """Return what a partner says; the same for the same question."""
    if path == PAYMENTS:
        refused = crc32(asked["order"].encode()) % _REFUSED_ONE_IN == 0
        return {"status": "failed" if refused else "captured", "reference": f"pay-{asked['order']}"}
    if path == RATES:
        far = 400 if asked["country"] not in {"DE", "AT", "CH"} else 0
        pieces = int(asked["pieces"])
        return {
            "rates": [
                {"service": "parcel", "price_cents": 490 + far + 60 * pieces, "days": 3},
                {"service": "express", "price_cents": 990 + 2 * far + 90 * pieces, "days": 1},
            ]
        }
    return {"number": f"T-{crc32(asked['order'].encode()):010d}"}
