"""Where `paceline serve` sends a connection."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from paceline.cli import front
from paceline.web import problems, settings


async def _pages(scope, receive, send):
    """Answer with what the mounted pages see."""
    body = f"{scope['root_path']} {scope['path']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def _ask(path: str, method: str = "GET", host: str = "localhost") -> httpx.Response:
    async def asking() -> httpx.Response:
        transport = httpx.ASGITransport(front.Front(_pages, settings.WebSettings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, headers={"Host": host})

    return asyncio.run(asking())


def test_the_root_leads_to_the_dashboard():
    """Whoever types only host and port arrives."""
    answer = _ask("/")

    assert answer.status_code == 307
    assert answer.headers["location"] == "/performance/"


def test_the_prefix_and_what_is_below_it_go_to_the_pages():
    """With the prefix as the mount's root path."""
    assert _ask("/performance").text == "/performance /performance"
    assert _ask("/performance/api/stats").text == "/performance /performance/api/stats"


def test_nothing_else_is_there():
    """Also not what merely begins like the prefix."""
    for answer in (_ask("/performances"), _ask("/x"), _ask("/", "POST"), _ask("/login")):
        assert answer.status_code == 404
        assert answer.json()["detail"] == problems.NOTHING_HERE
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/x"])
def test_host_names_are_checked_also_where_nothing_is(path):
    """The redirect would else answer a page that resolves its name to this machine."""
    assert _ask(path, host="evil.test").status_code == 421
    assert _ask("/", host="localhost:8900").headers["x-content-type-options"] == "nosniff"


def test_websockets_elsewhere_are_closed():
    """There are none."""
    sent: list[dict[str, object]] = []

    async def send(message):
        sent.append(message)

    asyncio.run(front.Front(_pages, settings.WebSettings())({"type": "websocket", "path": "/"}, None, send))

    assert sent == [{"type": "websocket.close", "code": 1008}]
