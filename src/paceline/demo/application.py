"""Build the shop's FastAPI application; also the factory that uvicorn is pointed at.

uvicorn --factory paceline.demo.application:create_app
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from paceline import errors
from paceline.demo import engines, mistakes, state
from paceline.demo.routes import (
    accounts,
    admin,
    cart,
    categories,
    health,
    home,
    orders,
    products,
    reviews,
    search,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_POOL_SIZE = 10
_MAX_OVERFLOW = 5


def create_app(dsn: str | None = None, *, options: mistakes.ShopOptions | None = None) -> FastAPI:
    """Return the shop; the connection pool is opened by the application's lifespan.

    Args:
        dsn: the database; default `PACELINE_SHOP_DSN`.
        options: how it behaves; default `PACELINE_SHOP_MISTAKES` (a comma list, `all` or `none`).

    Raises:
        UsageError: no database is named, or a mistake is unknown.
    """
    address = dsn or os.environ.get("PACELINE_SHOP_DSN")
    if not address:
        raise errors.UsageError("the shop has no database; pass a dsn or set PACELINE_SHOP_DSN")
    engine = create_async_engine(engines.engine_url(address), pool_size=_POOL_SIZE, max_overflow=_MAX_OVERFLOW)
    app = FastAPI(title="Sample shop", lifespan=_lifespan)
    app.state.shop = state.Shop(
        engine=engine,
        sessions=async_sessionmaker(engine, expire_on_commit=False),
        options=options or mistakes.options_from_environment(),
    )
    for subject in (health, home, categories, products, reviews, search, accounts, orders, cart, admin):
        app.include_router(subject.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    engine: AsyncEngine = app.state.shop.engine
    try:
        yield
    finally:
        await engine.dispose()
