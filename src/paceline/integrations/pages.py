"""Our pages, built when somebody first asks for them: the host's start does not wait for what it may never show.

Building imports FastAPI and makes some forty models: a third of a second, spent in a thread beside the event loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable

from paceline.observe import asgi

log = logging.getLogger("paceline")

PROBLEM = {"type": "about:blank", "title": "Service Unavailable", "status": 503}


class LazyPages:
    """An ASGI application that `build` makes at the first request; one that cannot be made answers 503."""

    def __init__(self, build: Callable[[], asgi.Application]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._built: asgi.Application | None = None

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Answer a request below the prefix."""
        application = self._built or await asyncio.to_thread(self._build_once)
        await application(scope, receive, send)

    def _build_once(self) -> asgi.Application:
        with self._lock:
            if self._built is None:
                try:
                    self._built = self._build()
                except Exception:  # the host runs on; whoever looks at our pages is told
                    log.exception("paceline cannot build its pages")
                    self._built = _unavailable
            return self._built


async def _unavailable(scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
    """Answer that the pages could not be built (RFC 9457); the log has the reason."""
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1011})
        return
    body = json.dumps(PROBLEM).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})
