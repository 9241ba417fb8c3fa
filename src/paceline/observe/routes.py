"""Which route a request took, as its template: `/api/v1/users/{user_id}`, never the path.

Read after the application has answered, from what Starlette and FastAPI leave in the ASGI scope. FastAPI 0.137 and
later keep an included router as a node, so `scope["route"].path` lacks the prefix; the effective route context
has it. A mount leaves only the path that it matched, so mounts with parameters are matched again by their own pattern.

Nothing is imported: routes are read by the attributes that they have had since Starlette 0.20. Templates are cached
by the identity of the route object, which lives as long as the application.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

UNMATCHED = "<unmatched>"
"""Route of requests that no route answered (404 by the router)."""

MAX_MOUNT_PREFIXES = 1_000

Scope = MutableMapping[str, Any]


class RouteTemplates:
    """Templates of one application's routes."""

    __slots__ = ("_app", "_by_id", "_mounts", "_pinned", "_prefixes")

    def __init__(self, app: object) -> None:
        self._app = app
        self._by_id: dict[int, str] = {}
        self._pinned: list[object] = []
        self._mounts: list[tuple[re.Pattern[str], str]] | None = None
        self._prefixes: dict[str, str] = {}

    def resolve(self, route: object, fastapi: Mapping[str, Any] | None, mounted: str | None) -> str:
        """Return the template of the route that answered.

        Args:
            route: `scope["route"]`; older Starlette leaves only the endpoint, as good; None: no route answered.
            fastapi: `scope["fastapi"]`, None for others.
            mounted: the path that mounts matched, None when there was none.
        """
        source = route
        if fastapi is not None:
            context = fastapi.get("effective_route_context")
            if context is not None and context.original_route is route:
                source = context
        template = self._by_id.get(id(source))
        if template is None:
            template = self._learn(source)
        if mounted is None:
            return template
        prefix = self._mount_prefix(mounted)
        # A mount whose application routes by itself (static files), or found nothing, is known by its prefix alone.
        return prefix + ("/{path}" if prefix and template == UNMATCHED else template)

    def of(self, scope: Scope) -> str:
        """Return the template of the route that answered, from the scope it left."""
        outer = scope.get("app_root_path")
        mounted = outer if outer is None else str(scope.get("root_path", ""))[len(outer) :]
        return self.resolve(scope.get("route") or scope.get("endpoint"), scope.get("fastapi"), mounted)

    def _learn(self, source: object) -> str:
        if source is None:
            return UNMATCHED
        template = getattr(source, "path_format", None) or getattr(source, "path", None)
        if not isinstance(template, str):
            template = self._by_endpoint(source)
        elif getattr(source, "routes", None) is not None:
            # A mount whose application routes by itself (static files) or found nothing: its prefix is in root_path.
            template = "/{path}"
        self._pinned.append(source)
        self._by_id[id(source)] = template
        return template

    def _by_endpoint(self, endpoint: object) -> str:
        """Starlette before 0.35 left only the endpoint: find its route once."""
        routes = getattr(self._app, "routes", ())
        return next((r.path for r in routes if getattr(r, "endpoint", None) is endpoint), UNMATCHED)

    def _mount_prefix(self, matched: str) -> str:
        """Return the template of the mounts a request went through, for the path they matched."""
        known = self._prefixes.get(matched)
        if known is not None:
            return known
        if self._mounts is None:
            self._mounts = list(_mounts(getattr(self._app, "routes", ()), ""))
        template = next((template for pattern, template in self._mounts if pattern.fullmatch(matched)), None)
        if template is None:
            template = "/{mount}" if matched else ""
        if len(self._prefixes) < MAX_MOUNT_PREFIXES:
            self._prefixes[matched] = template
        return template


def _mounts(routes: Iterable[object], outer: str, depth: int = 0) -> Iterable[tuple[re.Pattern[str], str]]:
    """Yield (pattern of the matched path, template) of every mount below `routes`, innermost first."""
    for route in routes:
        path = getattr(route, "path", None)
        inner = getattr(route, "routes", None)
        if inner is None or not isinstance(path, str) or depth > 8:
            continue
        template = outer + path.rstrip("/")
        yield from _mounts(inner, template, depth + 1)
        yield re.compile(_pattern(template)), template


def _pattern(template: str) -> str:
    """Return a pattern for a template; a parameter spans one segment, a `:path` one any number."""
    parts = re.split(r"(\{[^}]*\})", template)
    return "".join((".+" if ":path" in p else "[^/]+") if p.startswith("{") else re.escape(p) for p in parts)
