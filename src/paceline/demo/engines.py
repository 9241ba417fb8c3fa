"""From a dsn, as everybody writes it, to SQLAlchemy's asyncpg engine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_SCHEMES = frozenset({"postgres", "postgresql"})


def engine_url(dsn: str) -> str:
    """Return `dsn` (postgres:// or postgresql://) as SQLAlchemy wants it for asyncpg."""
    scheme, _, rest = dsn.partition("://")
    return f"postgresql+asyncpg://{rest}" if scheme.split("+")[0] in _SCHEMES else dsn


@asynccontextmanager
async def engine_of(dsn_or_engine: str | AsyncEngine) -> AsyncGenerator[AsyncEngine]:
    """Yield the engine given, or one of our own that is disposed afterwards."""
    if isinstance(dsn_or_engine, AsyncEngine):
        yield dsn_or_engine
        return
    engine = create_async_engine(engine_url(dsn_or_engine))
    try:
        yield engine
    finally:
        await engine.dispose()
