"""The dashboard on a real server over a real store: a browser's way in, the stream, and the server's way out."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from tests import fix_web

from paceline.web import live

PACE = live.Pace(frame_s=0.1, keep_alive_s=0.2, look_s=0.05)

SERVE = """
import pathlib, sys
import uvicorn
from tests import fix_web
app = fix_web.shop_app(pathlib.Path(sys.argv[1]))
config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
taken = config.bind_socket()
taken.listen()  # whoever reads the port may come at once
print(taken.getsockname()[1], flush=True)
uvicorn.Server(config).run(sockets=[taken])
"""


@contextlib.contextmanager
def serving(app):
    """A uvicorn of this process on a free port; yields its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    taken = config.bind_socket()
    taken.listen()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def shop(tmp_path):
    """A host application with the dashboard mounted under the prefix: (address, web application)."""
    app = fix_web.shop_app(tmp_path, pace=PACE)

    async def home(_request):
        return PlainTextResponse("the shop")

    with serving(Starlette(routes=[Route("/", home), Mount("/performance", app)])) as address:
        yield address, app


def frames(client, address, count, **options):
    """Read events of the stream until so many frames have come; returns (frames, comments seen)."""
    found, comments = [], 0
    with client.stream("GET", f"{address}/performance/live", timeout=10, **options) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        for line in answer.iter_lines():
            comments += line == ": keep-alive"
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
            if len(found) >= count:
                break
    return found, comments


def test_a_browser_comes_in_by_the_one_time_url_and_sees_everything_but_changes_nothing(shop):
    address, app = shop
    url = app.state.access.one_time_url(address)
    page, _, code = url.partition("#code=")
    with httpx.Client() as browser:
        assert browser.get(f"{address}/performance/").status_code == 404
        assert "one-time" in browser.get(page).text
        assert browser.post(f"{address}/performance/session", json={"code": code}).status_code == 204
        for path in ("", "overview.js", "overview", "docs", "openapi.json", "api/stats"):
            assert browser.get(f"{address}/performance/{path}").status_code == 200
        assert browser.get(f"{address}/performance", follow_redirects=True).text.startswith("<!doctype html>")
        assert browser.post(f"{address}/performance/clear-metrics").status_code == 403
        assert len(frames(browser, address, 1)[0]) == 1
        assert browser.get(f"{address}/").text == "the shop"
    with httpx.Client() as stranger:
        assert stranger.post(f"{address}/performance/session", json={"code": code}).status_code == 404


def test_the_stream_needs_a_credential_and_a_host_name_of_ours(shop):
    address, _ = shop
    assert httpx.get(f"{address}/performance/live").status_code == 404
    foreign = {**fix_web.VIEWER, "Host": "evil.test"}
    assert httpx.get(f"{address}/performance/live", headers=foreign).status_code == 421


def test_the_stream_resumes_at_the_cursor_and_keeps_alive_meanwhile(shop):
    address, _ = shop
    with httpx.Client(headers=fix_web.VIEWER) as client:
        (first,), _ = frames(client, address, 1)
        (again,), comments = frames(client, address, 1, headers={"Last-Event-ID": str(first["cursor"])})
        assert again["cursor"] > first["cursor"]
        (third,), more = frames(client, address, 1, params={"cursor": again["cursor"]})
        assert third["cursor"] > again["cursor"]
        assert comments + more > 0  # the first wait may be short, the next one is a whole interval


def test_a_watcher_that_leaves_is_forgotten(shop):
    address, app = shop
    with httpx.Client(headers=fix_web.VIEWER) as client:
        frames(client, address, 1)
    until = time.monotonic() + 5
    while app.state.broadcast.watchers and time.monotonic() < until:
        time.sleep(0.02)
    assert app.state.broadcast.watchers == 0


def test_an_open_stream_does_not_hold_up_the_servers_end(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        with (
            httpx.Client(headers=fix_web.VIEWER, timeout=10) as client,
            client.stream("GET", f"{address}/live") as answer,
        ):
            lines = answer.iter_lines()
            while not next(lines).startswith("data: "):
                pass
            process.send_signal(signal.SIGTERM)
            for _ in lines:  # the server ends the stream by itself
                pass
        assert process.wait(10) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_two_processes_answer_from_one_store_with_one_pair_of_tokens(tmp_path):
    first = fix_web.shop_app(tmp_path)
    with serving(first) as address:
        url = first.state.access.one_time_url(address)
        other = fix_web.shop_app(tmp_path)
        with serving(other) as elsewhere:
            code = url.partition("#code=")[2]
            answer = httpx.post(f"{elsewhere}/session", json={"code": code})
            cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
            for there in (address, elsewhere):
                assert httpx.get(f"{there}/api/stats", headers=cookie).json()["total_requests"] == 24
