"""The same walk over the wire: in a FastAPI host on both of uvicorn's parsers, and through `paceline serve`."""

from __future__ import annotations

import contextlib
import json

import pytest
from tests import fix_doors

PREFIX = "/performance"
PATHS = fix_doors.paths()
KINDS = ["host-h11", "host-httptools", "serve"]


@contextlib.contextmanager
def opened(kind, folder):
    if kind == "serve":
        with fix_doors.served(folder) as port:
            yield port
    else:
        with fix_doors.hosted(folder, http=kind.partition("-")[2]) as (port, _):
            yield port


@pytest.fixture(scope="module", params=KINDS)
def server(request, tmp_path_factory):
    """(kind, port)."""
    with opened(request.param, tmp_path_factory.mktemp("doors")) as port:
        yield request.param, port


@pytest.mark.parametrize("method", fix_doors.METHODS)
def test_no_path_tells_a_stranger_that_it_exists(server, method):
    kind, port = server
    nothing = fix_doors.send(port, method, PREFIX + fix_doors.ELSEWHERE)
    assert nothing.status == 404
    ways = [PREFIX + path for path in PATHS] + [PREFIX, f"{PREFIX}/%6fverview", f"/%70erformance{PATHS[1]}"]
    if kind == "serve":  # the rest of a host is its own
        ways += ["/x", "/overview", "/login", f"/x{PREFIX}", PREFIX.upper()]
    for way in ways:
        answer = fix_doors.send(port, method, way)
        if fix_doors.is_open(method, way.removeprefix(PREFIX)) and way.startswith(PREFIX):
            assert answer.status == 200
            assert b"paceline" not in answer.body
        else:
            assert answer == nothing, way


def test_a_websocket_handshake_gets_no_further(server):
    _, port = server
    lines = ("Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13")
    for path in PATHS:
        if path not in {way for _, way in fix_doors.OPEN}:
            assert fix_doors.send(port, "GET", PREFIX + path, *lines).status in {403, 404}


def test_the_host_itself_stays_as_open_as_it_was(server):
    kind, port = server
    answer = fix_doors.send(port, "GET", "/")
    if kind == "serve":
        assert (answer.status, answer.header("location"), answer.body) == (307, f"{PREFIX}/", b"")
    else:
        assert (answer.status, answer.body) == (200, b'"the shop"')


def test_a_token_opens_and_a_head_has_no_body(server):
    _, port = server
    for path in PATHS:
        if path not in {"/session", "/live"}:
            asked = fix_doors.send(port, "GET", f"{PREFIX}{path}", fix_doors.bearer("operator"))
            heads = fix_doors.send(port, "HEAD", f"{PREFIX}{path}", fix_doors.bearer("operator"))
            assert heads.body == b""
            assert heads.status == asked.status
            assert heads.header("content-type") == asked.header("content-type")
    assert fix_doors.send(port, "HEAD", f"{PREFIX}/live", fix_doors.bearer("viewer")).status == 200


def test_behind_a_proxy_that_takes_a_path_off_the_way_in_leads_back_through_it(tmp_path):
    """As docs/how-to/behind-a-proxy.md puts it: the server knows the path, the proxy says https, the name is ours."""
    given = {"allowed_hosts": ("shop.test",)}
    with fix_doors.hosted(tmp_path, root_path="/shop", settings=given) as (port, pace):
        url = pace.access().one_time_url("https://shop.test/shop")
        assert url.startswith("https://shop.test/shop/performance/login#code=")
        lines = ("X-Forwarded-Proto: https", "Content-Type: application/json", "Origin: https://shop.test")
        body = json.dumps({"code": url.partition("#code=")[2]})
        let_in = fix_doors.send(port, "POST", f"{PREFIX}/session", *lines, host="shop.test", body=body)
        cookie = let_in.header("set-cookie")
        assert let_in.status == 204
        assert cookie.endswith("Path=/shop/performance; SameSite=strict; Secure")
        shown = f"Cookie: {cookie.partition(';')[0]}"
        assert fix_doors.send(port, "GET", f"{PREFIX}/overview", shown, host="shop.test").status == 200
        led = fix_doors.send(port, "GET", PREFIX, shown, host="shop.test")
        assert (led.status, led.header("location")) == (307, "/shop/performance/")
        assert fix_doors.send(port, "GET", f"{PREFIX}/overview", shown).status == 421
        assert fix_doors.send(port, "GET", "/", host="anything.test").body == b'"the shop"'
