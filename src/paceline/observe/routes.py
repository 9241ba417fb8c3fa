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

ROUTED_INSIDE = "/{path}"
"""Stands for what a mounted application routes by itself (static files), or does not find."""

MAX_MOUNT_PREFIXES = 1_000
MAX_DEPTH = 8
"""Mounts within mounts that are followed."""

Scope = MutableMapping[str, Any]


class RouteTemplates:
    """Templates of one application's routes."""

    __slots__ = ("_app", "_by_endpoint_id", "_mounts", "_pinned", "_prefixes", "known")

    def __init__(self, app: object) -> None:
        self._app = app
        self.known: dict[int, str] = {}
        """Template by the identity of a route, or of FastAPI's context of a route; both live as long as we do."""
        self._by_endpoint_id: dict[int, list[Any]] = {}
        self._pinned: list[object] = []
        self._mounts: list[tuple[re.Pattern[str], str]] | None = None
        self._prefixes: dict[str, str] = {}

    def _resolve(self, route: object, fastapi: Mapping[str, Any] | None, mounted: str | None) -> str:
        """Return the template of the route that answered.

        Args:
            route: `scope["route"]`; None: no route answered.
            fastapi: `scope["fastapi"]`, None for others.
            mounted: the path that mounts matched, None when there was none.
        """
        source = route
        if fastapi is not None:
            context = fastapi.get("effective_route_context")
            if context is not None and context.original_route is route:
                source = context
        template = self.known.get(id(source))
        if template is None:
            template = self._learn(source)
        if mounted is None:
            return template
        prefix = self._mount_prefix(mounted)
        # A mount whose application routes by itself (static files), or found nothing, is known by its prefix alone.
        return prefix + (ROUTED_INSIDE if prefix and template == UNMATCHED else template)

    def of(self, scope: Scope) -> str:
        """Return the template of the route that answered, from the scope it left."""
        outer = scope.get("app_root_path")
        mounted = outer if outer is None else str(scope.get("root_path", ""))[len(outer) :]
        route, endpoint = scope.get("route"), scope.get("endpoint")
        if route is None and endpoint is not None:
            template = self._by_endpoint(endpoint, scope)
            if mounted is None:
                return template
            return self._mount_prefix(mounted) + (ROUTED_INSIDE if template == UNMATCHED else template)
        return self._resolve(route, scope.get("fastapi"), mounted)

    def _learn(self, source: object) -> str:
        if source is None:
            return UNMATCHED
        template = getattr(source, "path_format", None) or getattr(source, "path", None)
        if not isinstance(template, str):
            return UNMATCHED
        if getattr(source, "routes", None) is not None:
            # A mount whose application routes by itself (static files) or found nothing: its prefix is in root_path.
            template = ROUTED_INSIDE
        self._pinned.append(source)
        self.known[id(source)] = template
        return template

    def _by_endpoint(self, endpoint: object, scope: Scope) -> str:
        """Starlette before 0.35, and `add_route` on FastAPI, leave only the endpoint; one may serve several routes."""
        found = self._by_endpoint_id.get(id(endpoint))
        if found is None:
            found = [route for route in _leaves(self._app) if getattr(route, "endpoint", None) is endpoint]
            self._pinned.append(endpoint)
            self._by_endpoint_id[id(endpoint)] = found
        if len(found) > 1:
            root, path = str(scope.get("root_path", "")), str(scope["path"])
            inside = path.removeprefix(root)
            found = [route for route in found if route.path_regex.match(inside)]
        return str(getattr(found[0], "path_format", found[0].path)) if found else UNMATCHED

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


def _leaves(router: object, depth: int = 0) -> Iterable[Any]:
    """Yield every route with an endpoint at and below a router."""
    for route in getattr(router, "routes", None) or ():
        if hasattr(route, "endpoint"):
            yield route
        elif depth < MAX_DEPTH:
            yield from _leaves(route, depth + 1)


def _mounts(routes: Iterable[object], outer: str, depth: int = 0) -> Iterable[tuple[re.Pattern[str], str]]:
    """Yield (pattern of the matched path, template) of every mount below `routes`, innermost first."""
    for route in routes:
        path = getattr(route, "path", None)
        inner = getattr(route, "routes", None)
        if inner is None or not isinstance(path, str) or depth > MAX_DEPTH:
            continue
        template = outer + path.rstrip("/")
        yield from _mounts(inner, template, depth + 1)
        yield re.compile(_pattern(template)), template


def _pattern(template: str) -> str:
    """Return a pattern for a template; a parameter spans one segment, a `:path` one any number."""
    parts = re.split(r"(\{[^}]*\})", template)
    return "".join((".+" if ":path" in p else "[^/]+") if p.startswith("{") else re.escape(p) for p in parts)
