"""The ASGI application of `paceline serve`: the dashboard under its prefix, a redirect at the root, nothing else.

Plain ASGI, so that this room stays free of web frameworks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paceline.observe import asgi


class Front:
    """Sends each connection to where it belongs; `pages` is mounted under `prefix`, which begins with a slash."""

    def __init__(self, pages: asgi.Application, prefix: str) -> None:
        self._pages = pages
        self._prefix = prefix

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Answer one connection."""
        path = str(scope["path"])
        if path == self._prefix or path.startswith(self._prefix + "/"):
            await self._pages({**scope, "root_path": self._prefix, "app_root_path": ""}, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif path == "/":
            await _answer(send, 307, (b"location", f"{self._prefix}/".encode()))
        else:
            await _answer(send, 404, (b"content-type", b"text/plain"))


async def _answer(send: asgi.Send, status: int, header: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [header, (b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
