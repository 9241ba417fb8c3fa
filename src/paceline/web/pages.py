"""The pages and their files: read once, served from memory under the names listed here, so no path is ever built."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Awaitable, Callable
from importlib import resources

from fastapi import APIRouter, Request, Response

from paceline.web import asking, documentation

_HTML = "text/html; charset=utf-8"
_CSS = "text/css; charset=utf-8"
_SCRIPT = "text/javascript; charset=utf-8"

FILES = {
    "/": ("index.html", _HTML),
    "/overview.css": ("overview.css", _CSS),
    "/overview.js": ("overview.js", _SCRIPT),
    "/docs": ("docs.html", _HTML),
    "/docs.css": ("docs.css", _CSS),
    "/docs.js": ("docs.js", _SCRIPT),
    "/login": ("login.html", _HTML),
    "/login.css": ("login.css", _CSS),
    "/login.js": ("login.js", _SCRIPT),
}
"""File and media type by path."""

router = APIRouter(include_in_schema=False)


@functools.cache
def content(name: str) -> tuple[bytes, str]:
    """Return a file of `static/` and its entity tag."""
    body = resources.files("paceline.web").joinpath("static", name).read_bytes()
    return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def _serving(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        body, tag = content(name)
        headers = {"Cache-Control": "private, no-cache", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=media_type, headers=headers)

    return page


for _path, (_name, _media_type) in FILES.items():
    router.add_api_route(_path, _serving(_name, _media_type), methods=["GET"])


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Return the description of the API; made in a thread, because the first time takes a while."""
    app = request.app
    body = await asking.desk_of(request).work(lambda: asking.to_json(documentation.described(app)))
    return Response(body, media_type="application/json")
