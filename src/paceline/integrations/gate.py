"""The gate: the outermost ASGI layer of a host, where our own pages branch off and everything else is measured.

It stands before the host's middleware, so its answers neither pass through it nor count in the statistics. It is the
probe itself with one more branch: a layer of its own would cost an ordinary request another tenth.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar

from paceline.engine import parts as parts_
from paceline.observe import asgi, routes
from paceline.telemetry import records

log = logging.getLogger("paceline")

_within: ContextVar[bool] = ContextVar("paceline_within", default=False)


def is_within() -> bool:
    """Return whether the caller is inside a gate already: in a request of its application, its start or our pages."""
    record = asgi.current.get()
    return _within.get() or (record is not None and record[records.ROUTE] is None)


class Gate(asgi.Probe):
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
        self._parts = parts
        self._pages = pages
        branch = prefix if pages is not None else asgi.NO_PREFIX
        super().__init__(app, parts.recorder, routes.RouteTemplates(routed), branch)

    async def aside(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Send a connection that may not be the application's to where it belongs."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        inner = self._inside(scope)
        if inner is not None and self._pages is not None:
            _within.set(True)
            try:
                await self._pages(inner, receive, send)
            finally:
                _within.set(False)
        else:
            await super().aside(scope, receive, send)

    def _inside(self, scope: asgi.Scope) -> asgi.Scope | None:
        """Return the scope as the mounted pages see it, None when the path is not below the prefix."""
        root = str(scope.get("root_path", ""))
        path = str(scope["path"])
        below = path[len(root) :] if root and path.startswith(root) else path
        if below != self.prefix and not below.startswith(self.prefix + "/"):
            return None
        return {**scope, "root_path": root + self.prefix, "path": root + below, "app_root_path": root}

    async def _lifespan(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        try:
            self._parts.start()
            log.info("paceline watches this application; `paceline link` prints the way to %s", self.prefix)
        except Exception:  # the host starts whatever is wrong with us
            log.exception("paceline could not start; the application runs without it")
        _within.set(True)
        try:
            await self.app(scope, receive, send)
        finally:
            _within.set(False)  # not `reset`, which fails when a loop that ends closes this in another context
            self._parts.stop()
