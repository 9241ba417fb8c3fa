"""The correctness matrix: every way a request can go, on a real server, and the one key it must count under."""

import asyncio
import socket
import time

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount, Route
from tests.apps import outcome_app
from tests.fix_observed import observed, raw

from paceline.telemetry import window as windows


@pytest.fixture(scope="module")
def server():
    """One server with one route for each case."""
    with observed(outcome_app.create_app()) as (port, seen):
        yield port, seen


@pytest.fixture
def port(server):
    server[1].forget()
    return server[0]


@pytest.fixture
def seen(server, port):
    return server[1]


@pytest.fixture
def client(port):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as made:
        yield made


MATRIX = {
    "nested include_router prefixes": ("GET", "/api/v1/items/7", 200, "/api/v1/items/{item_id}", "ok"),
    "the same router under a second prefix": ("GET", "/old/v1/items/7", 200, "/old/v1/items/{item_id}", "ok"),
    "a path that does not validate": ("GET", "/api/v1/items/x", 422, "/api/v1/items/{item_id}", "client_error"),
    "a mounted application": ("GET", "/inner/who/ada", 200, "/inner/who/{name}", "ok"),
    "a mount with a parameter": ("GET", "/t/acme/s/1", 200, "/t/{tenant}/s/{sid}", "ok"),
    "a mount in a mount": ("GET", "/t/acme/deep/2/3", 200, "/t/{tenant}/deep/{level}/{leaf}", "ok"),
    "static files": ("GET", "/static/outcome_app.py", 200, "/static/{path}", "ok"),
    "a static file that is not there": ("GET", "/static/secret-name", 404, "/static/{path}", "client_error"),
    "no such route": ("GET", "/secret-path", 404, "<unmatched>", "client_error"),
    "a known route, another method": ("DELETE", "/api/v1/items/7", 405, None, "client_error"),
    "HEAD": ("HEAD", "/head/x", 200, "/head/{word}", "ok"),
    "an exception before the start": ("GET", "/raises/x", 500, "/raises/{kind}", "server_error"),
    "an OSError before the start": ("GET", "/no-database", 500, "/no-database", "server_error"),
    "an unusual status": ("GET", "/teapot", 418, "/teapot", "client_error"),
    "a sync endpoint in the thread pool": ("GET", "/sync/3", 200, "/sync/{n}", "ok"),
    "an event stream to its end": ("GET", "/events?n=1", 200, "/events", "ok"),
}


@pytest.mark.parametrize("case", MATRIX)
def test_a_request_counts_once_under_its_template_and_outcome(case, client, seen):
    method, path, status, route, outcome = MATRIX[case]
    assert client.request(method, path).status_code == status
    (found,) = seen.requests().items()
    if route is None:  # the template where the framework knows it, else <unmatched>; never the path
        assert found[0][1] in {"/api/v1/items/{item_id}", "<unmatched>"}
        route = found[0][1]
    assert found == ((method, route, outcome), 1)
    assert seen.counted(windows.STATUS) == {(method, route, outcome, str(status)): 1}


def test_a_thousand_tenants_are_one_route(client, seen):
    """A mount with a parameter must not make a key, or keep a piece of memory, for every value of it."""
    for tenant in range(1_100):
        client.get(f"/t/tenant-{tenant}/s/{tenant}")
    assert seen.requests(1_100) == {("GET", "/t/{tenant}/s/{sid}", "ok"): 1_100}


def test_paths_that_match_nothing_below_a_mount_do_not_become_keys(client, seen):
    for tenant in range(20):
        client.get(f"/t/tenant-{tenant}/nothing-{tenant}")
        client.get(f"/inner/nothing-{tenant}")
    found = seen.requests(40)
    assert len(found) == 2
    assert not any("tenant-" in key[1] or "nothing-" in key[1] for key in found)


def test_a_body_that_breaks_off_is_broken_after_start(client, seen):
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/broken")
    assert seen.requests() == {("GET", "/broken", "broken_after_start"): 1}
    assert seen.counted(windows.STATUS) == {("GET", "/broken", "broken_after_start", "200"): 1}
    (trace,) = seen.traces
    assert (trace.kept_because, trace.outcome) == ("error", "broken_after_start")
    assert trace.exception_type is not None


def test_a_client_that_leaves_in_the_middle_of_a_stream_aborts_it(port, seen):
    connection = raw(port, b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n", read=False)
    connection.recv(2_000)
    connection.close()
    assert seen.requests() == {("GET", "/endless", "aborted_by_client"): 1}


def test_a_client_that_gives_up_before_a_slow_answer_aborts_it(port, seen):
    connection = raw(port, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", read=False)
    time.sleep(0.03)
    connection.close()
    assert seen.requests() == {("GET", "/slow", "aborted_by_client"): 1}


def test_a_client_that_waits_for_the_slow_answer_does_not(client, seen):
    client.get("/slow")
    assert seen.requests() == {("GET", "/slow", "ok"): 1}
    assert seen.milliseconds(windows.REQUEST, "GET", "/slow", "ok") >= 140  # the loop may wake a moment early


def test_a_background_task_is_no_waiting(client, seen):
    client.get("/background")
    assert seen.requests() == {("GET", "/background", "ok"): 1}
    assert seen.milliseconds(windows.REQUEST, "GET", "/background", "ok") < 200


def test_a_background_task_that_raises_does_not_make_the_answer_an_error(client, seen):
    client.get("/background-raises")
    assert seen.requests() == {("GET", "/background-raises", "ok"): 1}


def test_an_event_stream_is_waited_for_until_its_first_byte_and_may_be_left(port, seen):
    connection = raw(port, b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n", read=False)
    for _ in range(3):
        connection.recv(500)
        time.sleep(0.05)
    connection.close()
    assert seen.requests() == {("GET", "/events", "ok"): 1}
    total, first = (seen.milliseconds(kind, "GET", "/events", "ok") for kind in (windows.REQUEST, windows.FIRST_BYTE))
    assert total == first < 100


def test_bytes_are_those_of_the_bodies(client, seen):
    client.post("/upload/a", content=b"x" * 100_000)
    assert seen.requests() == {("POST", "/upload/{name}", "ok"): 1}
    assert seen.counted(windows.BYTES_IN) == {("POST", "/upload/{name}", "ok"): 100_000}
    assert seen.counted(windows.BYTES_OUT) == {("POST", "/upload/{name}", "ok"): len("100000")}


def test_a_chunked_upload_is_counted_without_its_framing(client, seen):
    assert client.post("/upload/b", content=iter([b"a" * 1_000, b"b" * 500])).text == "1500"
    seen.requests()
    assert seen.counted(windows.BYTES_IN) == {("POST", "/upload/{name}", "ok"): 1_500}


def test_the_answer_to_head_has_no_bytes(client, seen):
    client.head("/head/x")
    seen.requests()
    assert seen.counted(windows.BYTES_OUT) == {}


def test_requests_on_one_connection_are_requests_of_their_own(port, seen):
    wire = b"GET /teapot HTTP/1.1\r\nHost: x\r\n\r\n" * 4 + b"GET /teapot HTTP/1.0\r\n\r\n"
    assert raw(port, wire).count(b"418") == 5
    assert seen.requests(5) == {("GET", "/teapot", "client_error"): 5}


def test_many_at_once_are_all_counted(port, seen):
    async def storm():
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            paths = [f"/sync/{n}" for n in range(40)] + [f"/api/v1/items/{n}" for n in range(60)]
            await asyncio.gather(*(client.get(path) for path in paths))

    asyncio.run(storm())
    assert seen.requests(100) == {("GET", "/sync/{n}", "ok"): 40, ("GET", "/api/v1/items/{item_id}", "ok"): 60}


async def pass_on(request, call_next):
    return await call_next(request)


async def refuse_with_an_exception(request, call_next):
    message = "in a middleware"
    raise RuntimeError(message)


def test_base_http_middleware_changes_nothing():
    """It runs the application in a task of its own and wraps its body into a stream."""
    app = outcome_app.create_app()
    app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    with observed(app) as (port, seen), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        client.get("/api/v1/items/1")
        client.get("/t/acme/s/1")
        client.get("/raises/x")
        found = seen.requests(3)
        raw(port, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", read=False).close()
        abandoned = seen.requests(4)
    assert found == {
        ("GET", "/api/v1/items/{item_id}", "ok"): 1,
        ("GET", "/t/{tenant}/s/{sid}", "ok"): 1,
        ("GET", "/raises/{kind}", "server_error"): 1,
    }
    assert abandoned["GET", "/slow", "aborted_by_client"] == 1


@pytest.mark.parametrize("layers", [1, 2])
def test_a_body_that_breaks_off_below_base_http_middleware_is_broken_too(layers):
    """The middleware ends such a body as if it were whole: the client sees no fault, only half an answer."""
    app = outcome_app.create_app()
    for _ in range(layers):
        app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    with observed(app) as (port, seen):
        # A connection each: uvicorn closes the one that an exception passed by.
        paths = ("/broken", "/background-raises", "/events?n=1")
        broken, *_ = [httpx.get(f"http://127.0.0.1:{port}{path}") for path in paths]
        assert (broken.status_code, broken.text) == (200, "one")
        assert seen.requests(3) == {
            ("GET", "/broken", "broken_after_start"): 1,
            ("GET", "/background-raises", "ok"): 1,
            ("GET", "/events", "ok"): 1,
        }


def test_an_exception_in_a_middleware_is_a_server_error_of_no_route():
    app = outcome_app.create_app()
    app.add_middleware(BaseHTTPMiddleware, dispatch=refuse_with_an_exception)
    with observed(app) as (port, seen):
        assert httpx.get(f"http://127.0.0.1:{port}/api/v1/items/1").status_code == 500
        assert seen.requests() == {("GET", "<unmatched>", "server_error"): 1}


@pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")
@pytest.mark.parametrize("how", ["by the server", "by the application"])
def test_a_root_path_is_no_part_of_the_template(how):
    app = outcome_app.create_app(**({"root_path": "/proxied"} if how == "by the application" else {}))
    config = {"root_path": "/proxied"} if how == "by the server" else {}
    before = "" if config else "/proxied"  # uvicorn puts its own root path before the path it is asked for
    with observed(app, **config) as (port, seen), httpx.Client(base_url=f"http://127.0.0.1:{port}{before}") as client:
        client.get("/api/v1/items/1")
        client.get("/t/acme/s/1")
        client.get("/inner/who/me")
        assert set(seen.requests(3)) == {
            ("GET", "/api/v1/items/{item_id}", "ok"),
            ("GET", "/t/{tenant}/s/{sid}", "ok"),
            ("GET", "/inner/who/{name}", "ok"),
        }


def test_starlette_alone_is_measured_the_same():
    async def answer(request):
        return PlainTextResponse("yes")

    app = Starlette(routes=[Route("/a/{b}", answer), Mount("/m/{n}", routes=[Route("/c/{d}", answer)])])
    with observed(app) as (port, seen), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for path in ("/a/1", "/a/2", "/m/1/c/1", "/m/2/c/2", "/none"):
            client.get(path)
        client.post("/a/1")
        found = seen.requests(6)
    assert found == {
        ("GET", "/a/{b}", "ok"): 2,
        ("GET", "/m/{n}/c/{d}", "ok"): 2,
        ("GET", "<unmatched>", "client_error"): 1,
        ("POST", "/a/{b}", "client_error"): 1,
    }


@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_both_of_uvicorns_protocols_tell_of_a_client_that_left(http):
    app = FastAPI()

    @app.get("/slow")
    async def slow():
        await asyncio.sleep(0.1)
        return "late"

    with observed(app, http=http) as (port, seen):
        raw(port, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", read=False).close()
        assert seen.requests() == {("GET", "/slow", "aborted_by_client"): 1}


def test_a_connection_that_never_asks_is_no_request(port, seen):
    socket.create_connection(("127.0.0.1", port)).close()
    raw(port, b"not http at all\r\n\r\n")
    httpx.get(f"http://127.0.0.1:{port}/teapot")
    assert seen.requests() == {("GET", "/teapot", "client_error"): 1}
