"""What the handlers of the shop share: engine, sessions, options, the kept home page; and how they ask for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from paceline.demo import mistakes, partners

Answer = dict[str, Any]
"""The JSON object of an answer."""

RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""An id in an address; larger numbers are no ids of this database."""

AnyId = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""An id in a body or a query string."""


@dataclass(slots=True)
class KeptAnswer:
    """An answer that is kept for some seconds and computed by one request at a time."""

    _answer: Answer | None = None
    _until: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, compute: Callable[[], Awaitable[Answer]], keep_s: float) -> Answer:
        """Return the kept answer, or compute a new one and keep it for `keep_s` seconds."""
        if self._answer is not None and time.monotonic() < self._until:
            return self._answer
        async with self._lock:
            if self._answer is None or time.monotonic() >= self._until:
                self._answer = await compute()
                self._until = time.monotonic() + keep_s
            return self._answer


@dataclass(slots=True)
class Shop:
    """One running shop; its partners are there while the application's lifespan runs."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    options: mistakes.ShopOptions
    home: KeptAnswer = field(default_factory=KeptAnswer)
    partners: partners.Partners = field(default_factory=partners.Partners)


def the_shop(request: Request) -> Shop:
    """Return the shop that answers `request`."""
    return request.app.state.shop


async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Yield a session that is closed when the answer is made."""
    async with the_shop(request).sessions() as session:
        yield session


ShopOf = Annotated[Shop, Depends(the_shop)]
Session = Annotated[AsyncSession, Depends(open_session)]
