"""The application that load tests meet: run as a program, it prints its port and serves on uvicorn until killed."""

import asyncio
import json
import socket
import sys
import time
from collections import Counter

import uvicorn

seen: Counter[str] = Counter()
STALL_S = 0.5
STALLS_AT_S = (1.0, 2.5)


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    method, path = scope["method"], scope["path"]
    body = b""
    while (event := await receive())["type"] == "http.request":
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    if path == "/seen":
        await answer(send, 200, json.dumps(seen).encode())
        return
    seen[f"{method} {path}"] += 1
    await ROUTES[path](send, body)


async def answer(send, status, body=b"ok", headers=(), *, length=True):
    headers = [*headers, (b"content-length", b"%d" % len(body))] if length else list(headers)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def chunked(send, body):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for part in (b"a", b"bc" * 500, b""):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"end"})


async def slow(send, body):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"6")]})
    for part in (b"one", b"two"):
        await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": part, "more_body": part == b"one"})


async def begin_stalls(send, body):
    """Make the whole process stand still at known moments after this request."""
    for at_s in STALLS_AT_S:
        asyncio.get_running_loop().call_later(at_s, time.sleep, STALL_S)
    await answer(send, 200)


ROUTES = {
    "/ok": lambda send, body: answer(send, 200),
    "/missing": lambda send, body: answer(send, 404, b"none"),
    "/broken": lambda send, body: answer(send, 500, b"oh"),
    "/empty": lambda send, body: answer(send, 204, b"", length=False),
    "/unchanged": lambda send, body: answer(send, 304, b"", length=False),
    "/closing": lambda send, body: answer(send, 200, headers=[(b"connection", b"close")]),
    "/large": lambda send, body: answer(send, 200, b"x" * 300_000),
    "/echo": lambda send, body: answer(send, 201, b"%d" % len(body)),
    "/chunked": chunked,
    "/slow": slow,
    "/stalls": begin_stalls,
}

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", backlog=4096)).run(sockets=[listener])
