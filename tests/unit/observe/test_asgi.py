"""The probe on the wire of ASGI: what it notes of each message, and that it changes none."""

import asyncio
import contextlib

import pytest

from paceline.observe import asgi, routes
from paceline.telemetry import recorder as recorders
from paceline.telemetry import window as windows

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
EVENTS = {"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", b"text/event-stream; a=b")]}
LAST = {"type": "http.response.body", "body": b"end"}
MORE = {"type": "http.response.body", "body": b"more", "more_body": True}
ACCEPT = {"type": "websocket.accept"}


class Wire:
    """A server's side of one connection: messages to receive, and those that were sent."""

    def __init__(self, *messages):
        self.messages = list(messages)
        self.sent = []
        self.disconnected = False

    async def receive(self):
        return self.messages.pop(0)

    async def send(self, message):
        self.sent.append(message)


def scope(kind="http", **more):
    return {"type": kind, "method": "GET", "path": "/secret", "headers": [], **more}


def run(recorder, app, wire=None, **more):
    """Serve one connection; exceptions of the application are expected."""
    wire = wire or Wire()
    probe = asgi.Probe(app, recorder, routes.RouteTemplates(app))
    with contextlib.suppress(ValueError, OSError):
        asyncio.run(probe(scope(**more), wire.receive, wire.send))
    return wire


def answering(*messages, error=None):
    async def app(scope, receive, send):
        for message in messages:
            await send(message)
        if error is not None:
            raise error

    return app


HTTP = [
    ((START, LAST), None, "ok"),
    ((START, MORE, MORE, LAST), None, "ok"),
    ((START, {"type": "http.response.pathsend", "path": "/a"}), None, "ok"),
    ((START, {"type": "http.response.body"}), None, "ok"),
    (({**START, "status": 404}, LAST), None, "client_error"),
    (({**START, "status": 503}, LAST), ValueError(), "server_error"),
    (({**START, "status": 500}, LAST), ConnectionRefusedError(), "server_error"),
    ((), ValueError(), "server_error"),
    ((), OSError(), "server_error"),
    ((), None, "server_error"),
    ((START, MORE), ValueError(), "broken_after_start"),
    ((START, MORE), OSError(), "aborted_by_client"),
    ((START, MORE), None, "aborted_by_client"),
    ((EVENTS, MORE), OSError(), "ok"),
    ((EVENTS, MORE), None, "ok"),
]


@pytest.mark.parametrize(("messages", "error", "outcome"), HTTP)
def test_the_outcome_is_seen_from_what_was_sent(messages, error, outcome, recorder, seen):
    wire = run(recorder, answering(*messages, error=error))
    assert wire.sent == list(messages)
    assert seen.requests() == {("GET", routes.UNMATCHED, outcome): 1}


WEBSOCKETS = [
    ((ACCEPT, {"type": "websocket.send", "text": "x"}), None, "ok", "101"),
    ((ACCEPT,), None, "ok", "101"),
    ((ACCEPT,), ValueError(), "ok", "101"),
    (({"type": "websocket.close", "code": 1000},), None, "client_error", "403"),
    (({"type": "websocket.http.response.start", "status": 401},), None, "client_error", "401"),
    ((), ValueError(), "server_error", "none"),
    ((), None, "server_error", "none"),
]


@pytest.mark.parametrize(("messages", "error", "outcome", "status"), WEBSOCKETS)
def test_a_websocket_is_its_handshake(messages, error, outcome, status, recorder, seen):
    run(recorder, answering(*messages, error=error), kind="websocket")
    key = (asgi.WEBSOCKET, routes.UNMATCHED, outcome)
    assert seen.requests() == {key: 1}
    assert seen.counted(windows.STATUS) == {(*key, status): 1}


def test_a_long_websocket_session_is_no_waiting(recorder, seen):
    async def app(scope, receive, send):
        await send(ACCEPT)
        await asyncio.sleep(0.05)
        await send({"type": "websocket.send", "bytes": b"1234"})
        await receive()
        await receive()

    run(
        recorder,
        app,
        Wire({"type": "websocket.receive", "text": "abc"}, {"type": "websocket.disconnect"}),
        kind="websocket",
    )
    key = (asgi.WEBSOCKET, routes.UNMATCHED, "ok")
    assert seen.requests() == {key: 1}
    assert seen.milliseconds(windows.REQUEST, *key) < 50
    assert (seen.counted(windows.BYTES_IN), seen.counted(windows.BYTES_OUT)) == ({key: 3}, {key: 4})


def test_a_client_that_the_server_knows_is_gone_is_asked_about_only_after_a_while(recorder, seen):
    """Nobody gives up within 50 ms; a slow answer into nothing was given up."""

    def slow(seconds):
        async def app(scope, receive, send):
            await asyncio.sleep(seconds)
            await send(START)
            await send(LAST)

        return app

    for seconds in (0, 0.06):
        wire = Wire()
        wire.disconnected = True
        run(recorder, slow(seconds), wire)
    assert seen.requests(2) == {
        ("GET", routes.UNMATCHED, "ok"): 1,
        ("GET", routes.UNMATCHED, "aborted_by_client"): 1,
    }


def test_a_disconnect_that_is_received_before_the_answer_is_an_abort(recorder, seen):
    async def app(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass

    run(recorder, app, Wire({"type": "http.request", "body": b"ab"}, {"type": "http.disconnect"}), method="POST")
    assert seen.requests() == {("POST", routes.UNMATCHED, "aborted_by_client"): 1}
    assert list(seen.counted(windows.BYTES_IN).values()) == [2]


def test_a_disconnect_after_the_answer_is_none(recorder, seen):
    async def app(scope, receive, send):
        await send(START)
        await send(LAST)
        await receive()

    run(recorder, app, Wire({"type": "http.disconnect"}), method="POST")
    assert seen.requests() == {("POST", routes.UNMATCHED, "ok"): 1}


def test_a_request_inside_a_request_counts_once(recorder, seen):
    """An application that is mounted in another, each with a probe of its own."""
    inner = asgi.Probe(answering(START, LAST), recorder, routes.RouteTemplates(None))
    run(recorder, inner)
    assert seen.requests() == {("GET", routes.UNMATCHED, "ok"): 1}


def test_the_next_request_of_a_context_is_a_request_of_its_own(recorder, seen):
    """Keep-alive connections of some servers serve all their requests in one context."""

    async def both():
        wire, probe = Wire(), asgi.Probe(answering(START, LAST), recorder, routes.RouteTemplates(None))
        for _ in range(2):
            await probe(scope(), wire.receive, wire.send)

    asyncio.run(both())
    assert seen.requests(2) == {("GET", routes.UNMATCHED, "ok"): 2}


def test_a_lifespan_passes_unseen(recorder, seen):
    passed = []

    async def app(scope, receive, send):
        passed.append(scope["type"])

    run(recorder, app, kind="lifespan")
    assert passed == ["lifespan"]
    assert seen.look().tallies == {}


def test_messages_pass_as_the_very_same_objects_and_exceptions_too(recorder):
    error = ValueError("mine")
    wire = Wire()
    probe = asgi.Probe(answering(START, error=error), recorder, routes.RouteTemplates(None))
    with pytest.raises(ValueError, match="mine") as raised:
        asyncio.run(probe(scope(), wire.receive, wire.send))
    assert raised.value is error
    assert wire.sent[0] is START


def test_a_cancelled_request_is_counted_and_stays_cancelled(recorder, seen):
    async def app(scope, receive, send):
        await asyncio.sleep(10)

    async def main():
        wire = Wire()
        probe = asgi.Probe(app, recorder, routes.RouteTemplates(None))
        task = asyncio.create_task(probe(scope(), wire.receive, wire.send))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert sum(seen.requests().values()) == 1


def test_nothing_of_the_request_is_kept(recorder):
    """Neither path nor headers nor what the application put into the scope outlive the request."""
    app = answering(START, LAST)
    for _ in range(2):
        run(recorder, app, state={"secret": "canary"}, query_string=b"canary")
    assert "canary" not in str(recorder.pending)
    assert "/secret" not in str(recorder.pending)
    assert recorders.current.get() is None
