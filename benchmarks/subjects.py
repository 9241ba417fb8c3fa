"""What is measured: a small FastAPI application, bare or watched, and requests as a server would hand them over."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool

from paceline import Paceline
from paceline.observe.sql import sqlalchemy as probe

STATEMENTS = 5
HEADERS = [
    (b"host", b"127.0.0.1:8000"),
    (
        b"user-agent",
        b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
    ),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    (b"accept-language", b"en-US,en;q=0.9"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"cookie", b"session=3f7a6c1e9b; theme=dark"),
    (b"cache-control", b"max-age=0"),
]
QUERIES = [text(f"SELECT id, name FROM item WHERE id = :id AND kind > {n}") for n in range(STATEMENTS)]


def engine() -> Engine:
    """Return an engine on a small table in memory."""
    made = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, kind INTEGER)"))
        connection.execute(text("INSERT INTO item VALUES (1, 'a', 9), (2, 'b', 9)"))
    return made


def application(database: Engine) -> FastAPI:
    """Return an application with a route that does nothing and one that runs five statements."""
    app = FastAPI()
    router = APIRouter(prefix="/v1")

    @router.get("/users/{user_id}")
    async def user(user_id: int) -> dict[str, int]:
        return {"id": user_id}

    @router.get("/items/{item_id}")
    async def items(item_id: int) -> dict[str, int]:
        with database.connect() as connection:
            for query in QUERIES:
                connection.execute(query, {"id": item_id}).all()
        return {"id": item_id}

    app.include_router(router, prefix="/api")
    return app


def bare() -> FastAPI:
    """Return the application unwatched; call after `watched`, whose installation hooks every engine there is."""
    database = engine()
    for name in probe.METHODS:
        vars(database.dialect).pop(name, None)
    return application(database)


def watched() -> tuple[FastAPI, Paceline]:
    """Return the application as a user would have it: installed, with a store on disk and the flush thread running."""
    app = application(engine())
    folder = Path(tempfile.mkdtemp(prefix="paceline-bench-"))
    pace = Paceline(store=f"sqlite:///{folder}/bench.db", service="bench").install(app)
    pace.start()
    return app, pace


def scope(path: str) -> dict[str, Any]:
    """Return an ASGI scope as uvicorn makes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": HEADERS,
        "state": {},
    }


async def receive() -> dict[str, Any]:
    """Hand over an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_message: Any) -> None:
    """Take a message and do nothing with it."""


async def run_block(app: Any, path: str, requests: int) -> None:
    """Run requests one after the other, each in a task of its own as servers do."""
    loop = asyncio.get_running_loop()
    for _ in range(requests):
        await loop.create_task(app(scope(path), receive, send))
