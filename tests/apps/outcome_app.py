"""The application of the correctness matrix: one route for each way a request can go."""

import asyncio
import time
from pathlib import Path

from fastapi import APIRouter, BackgroundTasks, FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent


async def plain(request):
    return PlainTextResponse("plain")


def tenants():
    """Return an application that lives under a mount with a parameter."""
    return Starlette(routes=[Route("/s/{sid}", plain), Mount("/deep/{level}", routes=[Route("/{leaf:int}", plain)])])


def nested():
    """Return routers in routers: /api/v1/items/{item_id} and the same one under a second prefix."""
    items = APIRouter(prefix="/items")

    @items.get("/{item_id}")
    async def item(item_id: int):
        return item_id

    v1 = APIRouter(prefix="/v1")
    v1.include_router(items)
    api = APIRouter()
    api.include_router(v1, prefix="/api")
    api.include_router(v1, prefix="/old")
    return api


def create_app(**options):
    """Return the application."""
    app = FastAPI(**options)
    app.include_router(nested())
    app.mount("/t/{tenant}", tenants())
    inner = FastAPI()
    inner.get("/who/{name}")(lambda name: name)
    app.mount("/inner", inner)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_route("/head/{word}", plain, methods=["GET", "HEAD"])
    _add_failures(app)
    _add_streams(app)
    _add_others(app)
    return app


def _add_failures(app):
    @app.get("/raises/{kind}")
    async def raises(kind: str):
        raise ValueError(kind)

    @app.get("/no-database")
    async def no_database():
        raise ConnectionRefusedError

    @app.get("/broken")
    async def broken():
        async def parts():
            yield "one"
            message = "in the middle"
            raise RuntimeError(message)

        return StreamingResponse(parts())

    @app.get("/teapot")
    async def teapot():
        return PlainTextResponse("", status_code=418)

    @app.get("/slow")
    async def slow():
        await asyncio.sleep(0.15)
        return "late"


def _add_streams(app):
    @app.get("/endless")
    async def endless(request: Request):
        async def parts():
            while True:
                yield b"x" * 1_000
                await asyncio.sleep(0.01)

        return StreamingResponse(parts())

    @app.get("/events")
    async def events(n: int = 1_000):
        async def parts():
            for _ in range(n):
                yield b"data: 1\n\n"
                await asyncio.sleep(0.05)

        return StreamingResponse(parts(), media_type="text/event-stream")


def _add_others(app):
    @app.get("/background")
    async def background(tasks: BackgroundTasks):
        tasks.add_task(asyncio.sleep, 0.2)
        return "soon"

    @app.get("/background-raises")
    async def background_raises(tasks: BackgroundTasks):
        tasks.add_task(int, "no number")
        return "soon"

    @app.post("/upload/{name}")
    async def upload(request: Request, name: str):
        return PlainTextResponse(str(len(await request.body())))

    @app.get("/sync/{n}")
    def sync(n: int):
        time.sleep(0.01)
        return n
