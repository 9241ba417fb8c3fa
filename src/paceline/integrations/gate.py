"""The gate: the outermost ASGI layer of a host, where our own pages branch off and everything else is measured.

It stands before the host's middleware, so its answers neither pass through it nor count in the statistics. It is a
plain function on the way of a request: no coroutine, no frame that stays.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from paceline.engine import parts as parts_
from paceline.observe import asgi, routes

log = logging.getLogger("paceline")


class Gate:
    """Wraps an ASGI application; `pages` answers below `prefix`, None lets the host answer there."""

    def __init__(
        self,
        app: asgi.Application,
        parts: parts_.Parts,
        *,
        prefix: str,
        pages: asgi.Application | None,
        routed: object,
    ) -> None:
        self._app = app
        self._parts = parts
        self._prefix = prefix
        self._pages = pages
        self._probe = asgi.Probe(app, parts.recorder, routes.RouteTemplates(routed))

    def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> Awaitable[None]:
        """Send a connection to where it belongs."""
        if scope["type"] == "lifespan":
            return self._lifespan(scope, receive, send)
        if self._prefix in scope["path"] and self._pages is not None:
            inner = self._inside(scope)
            if inner is not None:
                return self._pages(inner, receive, send)
        return self._probe(scope, receive, send)

    def _inside(self, scope: asgi.Scope) -> asgi.Scope | None:
        """Return the scope as the mounted pages see it, None when the path is not below the prefix."""
        root = str(scope.get("root_path", ""))
        path = str(scope["path"])
        below = path[len(root) :] if root and path.startswith(root) else path
        if below != self._prefix and not below.startswith(self._prefix + "/"):
            return None
        return {**scope, "root_path": root + self._prefix, "path": root + below, "app_root_path": root}

    async def _lifespan(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        try:
            self._parts.start()
        except Exception:  # the host starts whatever is wrong with us
            log.exception("paceline could not start; the application runs without it")
        try:
            await self._app(scope, receive, send)
        finally:
            self._parts.stop()
