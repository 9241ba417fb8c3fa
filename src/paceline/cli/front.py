"""The ASGI application of `paceline serve`: the dashboard under its prefix, a redirect at the root, nothing else.

Plain ASGI, so that this room stays free of web frameworks. What is nowhere looks as it does below the prefix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paceline.web import headers, settings
from paceline.web.access import auth, hosts

if TYPE_CHECKING:
    from paceline.observe import asgi


class Front:
    """Sends each connection to where it belongs; `pages` is mounted under the prefix."""

    def __init__(self, pages: asgi.Application, wanted: settings.WebSettings) -> None:
        self._pages = pages
        self._prefix = wanted.prefix
        self._hosts = hosts.AllowedHosts(wanted.allowed_hosts)
        self._nowhere = auth.Guard(pages, wanted, access=None)

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Answer one connection."""
        path = str(scope["path"])
        if path == self._prefix or path.startswith(self._prefix + "/"):
            await self._pages({**scope, "root_path": self._prefix, "app_root_path": ""}, receive, send)
        elif path == "/" and self._leads_on(scope):
            await _redirect(headers.adding(send), f"{self._prefix}/")
        else:
            await self._nowhere(scope, receive, send)

    def _leads_on(self, scope: asgi.Scope) -> bool:
        return scope.get("method") in {"GET", "HEAD"} and self._hosts.allow(hosts.addressed(scope))


async def _redirect(send: asgi.Send, target: str) -> None:
    found = [(b"location", target.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 307, "headers": found})
    await send({"type": "http.response.body", "body": b""})
