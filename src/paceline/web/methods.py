"""Methods that no route names: HEAD is GET without the body, and what a 405 says is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Match

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROUTED = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""Methods that a route may have."""

_ASKED = ("type", "path", "root_path", "headers")


class Heads:
    """Answers HEAD as GET with the body left out; a stream ends with its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            await self._without_body(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _without_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = asyncio.Event()

        async def headless(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not answered.is_set():
                await send({"type": "http.response.body"})
                answered.set()

        making = asyncio.ensure_future(self._app({**scope, "method": "GET"}, receive, headless))
        waiting = asyncio.ensure_future(answered.wait())
        try:
            await asyncio.wait((making, waiting), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)  # an answer of one part is through by now; only a stream goes on
        finally:
            waiting.cancel()
            making.cancel()
            await asyncio.wait((making,))
        if not making.cancelled():
            making.result()


def allowed(routes: Iterable[BaseRoute], scope: Scope) -> str:
    """Return the value of an Allow header for the path of a request."""
    asked = {key: scope[key] for key in _ASKED if key in scope}
    listed = tuple(routes)
    found = [
        method
        for method in ROUTED
        if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in listed)
    ]
    if "GET" in found:
        found.insert(1, "HEAD")
    return ", ".join(found)
