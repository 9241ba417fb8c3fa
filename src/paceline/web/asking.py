"""Asking the service from the event loop: in a few threads of our own, so that a dashboard never starves the host's.

The answer is also turned into JSON in the thread: a thousand rows must not hold up the host's event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

import anyio
import anyio.to_thread
import pydantic_core
from fastapi import Request, Response

from paceline import errors
from paceline.engine import service as services
from paceline.engine.answers import jobs

MAX_AT_ONCE = 4
"""Questions answered at the same time; further ones wait. They do not count against the 40 threads of the host."""

MAX_OF_DATABASE_AT_ONCE = 2
"""Questions to the database among them: a database that hangs must leave threads for all other questions, and a
dashboard that polls must not take more of its connections."""

PATIENCE_S = 5.0
"""How long a question waits for those to the database before it: who polls a database that hangs must not make a queue,
since a server that is told to leave waits for the answers."""

Answer = TypeVar("Answer")


class Desk:
    """Takes questions for one service."""

    def __init__(self, service: services.Service, patience_s: float = PATIENCE_S) -> None:
        self._service = service
        self._patience_s = patience_s
        self._limiter = anyio.CapacityLimiter(MAX_AT_ONCE)
        self._of_database = anyio.CapacityLimiter(MAX_OF_DATABASE_AT_ONCE)

    async def ask(self, question: Callable[[services.Service], Answer]) -> Answer:
        """Return the answer to a question; what it raises is raised here."""
        return await self.work(lambda: question(self._service))

    async def ask_database(self, question: Callable[[services.Service], Answer]) -> Answer:
        """Return the answer to a question that the service asks the database.

        Raises:
            errors.ServiceUnavailable: earlier questions have not been answered within `PATIENCE_S`.
        """
        await self._turn()
        try:
            return await self.ask(question)
        finally:
            self._of_database.release()

    async def _turn(self) -> None:
        with anyio.move_on_after(self._patience_s) as waiting:
            await self._of_database.acquire()
        if waiting.cancelled_caught:
            raise errors.ServiceUnavailable(
                f"the database has not answered {MAX_OF_DATABASE_AT_ONCE} earlier questions yet: ask again"
            )

    async def work(self, blocking: Callable[[], Answer]) -> Answer:
        """Run something that blocks in one of the threads; a client that went away does not stop it."""
        return await anyio.to_thread.run_sync(blocking, limiter=self._limiter)


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that got the request."""
    return cast("Desk", request.app.state.desk)


async def answer(request: Request, question: Callable[[services.Service], object]) -> Response:
    """Return the service's answer as JSON."""
    body = await desk_of(request).ask(lambda service: to_json(question(service)))
    return Response(body, media_type="application/json")


async def answer_of_database(request: Request, question: Callable[[services.Service], object]) -> Response:
    """Return the service's answer as JSON; for what it asks the database."""
    body = await desk_of(request).ask_database(lambda service: to_json(question(service)))
    return Response(body, media_type="application/json")


async def accept(request: Request, question: Callable[[services.Service], jobs.Job]) -> Response:
    """Return a job that was begun or changed as JSON: 202, and where to look for what comes of it."""
    job = await desk_of(request).ask(question)
    where = f"{request.scope.get('root_path', '')}/jobs/{job.id}"
    return Response(to_json(job), 202, {"Location": where}, "application/json")


def to_json(value: object) -> bytes:
    """Return a value of dataclasses, tuples and mappings as JSON; numbers that JSON cannot say become null."""
    return pydantic_core.to_json(value, inf_nan_mode="null", fallback=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
