"""The gate goes around the whole stack of an application, and comes away again."""

import asyncio

from fastapi import FastAPI
from starlette.applications import Starlette

from paceline.integrations import fastapi, starlette


class Layer:
    def __init__(self, inner):
        self.inner = inner
        self.calls = 0
        self.entry = self

    async def __call__(self, scope, receive, send):
        self.calls += 1
        await self.inner(scope, receive, send)


async def ask(app):
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b""}
    await app(scope, receive, send)
    return sent[0]["status"]


def installed(app):
    layers = []

    def wrap(inner):
        layers.append(Layer(inner))
        return layers[-1]

    return layers, starlette.install(app, wrap)


def test_an_application_that_has_not_served_is_wrapped_when_it_builds_its_stack():
    app = Starlette()
    layers, uninstall = installed(app)
    assert asyncio.run(ask(app)) == 404
    assert [layer.calls for layer in layers] == [1]
    uninstall()
    assert asyncio.run(ask(app)) == 404
    assert layers[0].calls == 1
    assert "build_middleware_stack" not in vars(app)


def test_an_application_that_has_served_is_wrapped_at_once():
    app = Starlette()
    asyncio.run(ask(app))
    layers, uninstall = installed(app)
    asyncio.run(ask(app))
    assert layers[-1].calls == 1
    uninstall()
    asyncio.run(ask(app))
    assert layers[-1].calls == 1


def test_middleware_may_still_be_added_after_us_and_stands_inside():
    app = FastAPI()
    layers, _ = installed(app)
    app.add_middleware(Layer)
    asyncio.run(ask(app))
    assert layers[0].calls == 1


def test_fastapi_has_the_same_door():
    assert fastapi.install is starlette.install
