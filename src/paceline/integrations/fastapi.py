"""FastAPI: a Starlette application whose included routers, since 0.137, need their prefix from the route context.

The template of a route is found by `observe.routes`; here only the way in differs in nothing from Starlette's.
"""

from __future__ import annotations

from paceline.integrations import starlette

install = starlette.install
