"""What watching a request and a statement costs inside a real FastAPI application."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from benchmarks import abba, subjects

BLOCK = 100
ROUNDS = 400


def run() -> dict[str, Any]:
    """Return the figures, by name."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    watched, pace = subjects.watched()
    bare, twin = subjects.bare(), subjects.bare()

    def block(app: Any, path: str) -> abba.Block:
        return functools.partial(subjects.run_block, app, path, BLOCK)

    empty, five = "/api/v1/users/1", "/api/v1/items/1"
    control = await abba.added(block(bare, empty), block(twin, empty), work_per_block=BLOCK, rounds=ROUNDS // 2)
    request = await abba.added(block(bare, empty), block(watched, empty), work_per_block=BLOCK, rounds=ROUNDS)
    both = await abba.added(block(bare, five), block(watched, five), work_per_block=BLOCK, rounds=ROUNDS)
    hot = await _hot(pace)
    pace.stop()
    statement = abba.Added(
        (both.mean_ns - request.mean_ns) / subjects.STATEMENTS,
        (both.low_ns - request.high_ns) / subjects.STATEMENTS,
        (both.high_ns - request.low_ns) / subjects.STATEMENTS,
        both.base_ns,
        both.rounds,
    )
    return {
        "control: two bare applications": control,
        "request": request,
        "request with five statements": both,
        "statement (from the two above)": statement,
        "request, hot loop": hot,
    }


async def _hot(pace: Any) -> abba.Added:
    """Measure the probe around an application that only answers: warm caches, nothing else."""
    from paceline.observe import asgi, routes

    route = type("Route", (), {"path": "/x"})()
    start = {"type": "http.response.start", "status": 200, "headers": []}
    body = {"type": "http.response.body", "body": b"hello"}

    async def answer(scope: Any, _receive: Any, send: Any) -> None:
        scope["route"] = route
        await send(start)
        await send(body)

    probe = asgi.Probe(answer, pace.recorder, routes.RouteTemplates(None))

    async def many(app: Any) -> None:
        for _ in range(2_000):
            await app({"type": "http", "method": "GET", "path": "/x"}, subjects.receive, subjects.send)

    return await abba.added(
        functools.partial(many, answer), functools.partial(many, probe), work_per_block=2_000, rounds=60
    )
