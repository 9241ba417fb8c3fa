"""A server that says exactly the bytes it is told, in the test's own event loop."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field


@dataclass
class Raw:
    """What was received, and where it listens."""

    url: str = ""
    lines: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    server: asyncio.Server | None = None


Respond = Callable[[Raw, bytes, int], Awaitable[bytes | None]]
"""Server, request line, number of the request on its connection; None closes without a word, b"" says nothing."""


@contextlib.asynccontextmanager
async def serving(respond: Respond, *, close_after_each: bool = False) -> AsyncIterator[Raw]:
    """Serve at a free port until left."""
    raw = Raw()
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        raw.connections += 1
        try:
            await converse(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in itertools.count(1):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)
            raw.bodies.append(await reader.readexactly(length))
            raw.lines.append(head.partition(b"\r\n")[0])
            answer = await respond(raw, raw.lines[-1], number)
            if answer is None:
                return
            writer.write(answer)
            await writer.drain()
            if close_after_each or b"connection: close" in answer:
                return

    raw.server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1024)
    raw.url = f"http://127.0.0.1:{raw.server.sockets[0].getsockname()[1]}"
    try:
        yield raw
    finally:
        raw.server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # the transports' own last turns
