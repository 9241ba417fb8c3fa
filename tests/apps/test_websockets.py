"""Websockets on a real server and a real client: a session is its handshake, and its messages count in bytes."""

import asyncio
import contextlib
import time

import pytest
from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect
from tests.fix_observed import observed
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import connect

from paceline.telemetry import window as windows


def create_app():
    """Return an application with one websocket for each way a session can go."""
    app = FastAPI()

    @app.websocket("/echo/{room}")
    async def echo(socket: WebSocket, room: str):
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.send_text(await socket.receive_text())

    @app.websocket("/bytes")
    async def some_bytes(socket: WebSocket):
        await socket.accept()
        await socket.send_bytes(await socket.receive_bytes() * 2)
        await socket.close()

    @app.websocket("/refused")
    async def refused(socket: WebSocket):
        await socket.close()

    @app.websocket("/denied")
    async def denied(socket: WebSocket):
        raise HTTPException(401)

    @app.websocket("/raises-at-once")
    async def raises_at_once(socket: WebSocket):
        raise ValueError

    @app.websocket("/raises-later")
    async def raises_later(socket: WebSocket):
        await socket.accept()
        raise ValueError

    @app.websocket("/late")
    async def late(socket: WebSocket):
        await asyncio.sleep(0.05)
        await socket.accept()

    return app


@pytest.fixture(scope="module")
def server():
    """One server with one route for each case."""
    with observed(create_app()) as (port, seen):
        yield port, seen


@pytest.fixture
def url(server):
    server[1].forget()
    return f"ws://127.0.0.1:{server[0]}"


@pytest.fixture
def seen(server, url):
    return server[1]


def test_a_session_that_the_client_ends_is_one_accepted_handshake(url, seen):
    with connect(f"{url}/echo/kitchen") as socket:
        socket.send("soup")
        assert socket.recv() == "soup"
    assert seen.requests() == {("WEBSOCKET", "/echo/{room}", "ok"): 1}
    assert seen.counted(windows.STATUS) == {("WEBSOCKET", "/echo/{room}", "ok", "101"): 1}


def test_a_session_that_the_server_ends_is_one_too(url, seen):
    with connect(f"{url}/bytes") as socket:
        socket.send(b"1234")
        assert socket.recv() == b"12341234"
        with pytest.raises(ConnectionClosedOK):
            socket.recv()
    assert seen.requests() == {("WEBSOCKET", "/bytes", "ok"): 1}
    assert seen.counted(windows.BYTES_IN) == {("WEBSOCKET", "/bytes", "ok"): 4}
    assert seen.counted(windows.BYTES_OUT) == {("WEBSOCKET", "/bytes", "ok"): 8}


def test_a_session_whose_client_vanishes_without_a_word_is_no_error(url, seen):
    with connect(f"{url}/echo/kitchen") as socket:
        socket.socket.close()
    assert seen.requests() == {("WEBSOCKET", "/echo/{room}", "ok"): 1}


def test_texts_count_in_bytes_not_in_characters(url, seen):
    with connect(f"{url}/echo/kitchen") as socket:
        for text in ("plain", "crème brûlée"):
            socket.send(text)
            socket.recv()
    seen.requests()
    long = len(b"plain") + len("crème brûlée".encode())
    assert seen.counted(windows.BYTES_IN) == {("WEBSOCKET", "/echo/{room}", "ok"): long}
    assert seen.counted(windows.BYTES_OUT) == {("WEBSOCKET", "/echo/{room}", "ok"): long}


REFUSALS = {
    "closed before the accept": ("/refused", 403, "/refused", "client_error", "403"),
    "no such route": ("/secret", 403, "<unmatched>", "client_error", "403"),
    "answered with a status of its own": ("/denied", 401, "/denied", "client_error", "401"),
    "an exception before the accept": ("/raises-at-once", 500, "/raises-at-once", "server_error", "none"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_handshake_that_fails_counts_under_what_the_client_was_told(case, url, seen):
    path, status, route, outcome, counted = REFUSALS[case]
    with pytest.raises(InvalidStatus) as refused:
        connect(url + path)
    assert refused.value.response.status_code == status
    assert seen.requests() == {("WEBSOCKET", route, outcome): 1}
    assert seen.counted(windows.STATUS) == {("WEBSOCKET", route, outcome, counted): 1}


def test_an_exception_within_a_session_keeps_a_trace_and_the_handshake_stays_accepted(url, seen):
    with connect(f"{url}/raises-later") as socket, pytest.raises(ConnectionClosedError):
        socket.recv()
    assert seen.requests() == {("WEBSOCKET", "/raises-later", "ok"): 1}
    (trace,) = seen.traces
    assert (trace.kept_because, trace.exception_type) == ("error", "ValueError")


def test_a_long_session_is_no_waiting_but_a_late_accept_is(url, seen):
    with connect(f"{url}/echo/kitchen") as socket:
        time.sleep(0.3)
        socket.send("still here")
        socket.recv()
    with connect(f"{url}/late"):
        pass
    assert seen.requests(2) == {("WEBSOCKET", "/echo/{room}", "ok"): 1, ("WEBSOCKET", "/late", "ok"): 1}
    assert seen.milliseconds(windows.REQUEST, "WEBSOCKET", "/echo/{room}", "ok") < 300
    assert seen.milliseconds(windows.REQUEST, "WEBSOCKET", "/late", "ok") >= 50


def test_a_session_counts_when_it_is_over(url, seen):
    """Its key appears once, whole: an open session is in no number yet."""
    with connect(f"{url}/echo/kitchen") as socket:
        socket.send("soup")
        socket.recv()
        assert seen.look().tallies == {}
    assert seen.requests() == {("WEBSOCKET", "/echo/{room}", "ok"): 1}
