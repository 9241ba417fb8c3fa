"""Build the shop's FastAPI application; also the factory that uvicorn is pointed at.

uvicorn --factory paceline.demo.application:create_app
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from paceline import errors
from paceline.demo import engines, mistakes, partners, state
from paceline.demo.office import events, health, listing, notifications, reports
from paceline.demo.routes import (
    accounts,
    cart,
    categories,
    checkout,
    feed,
    history,
    home,
    orders,
    payments,
    products,
    reviews,
    search,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_POOL_SIZE, _MAX_OVERFLOW = 10, 5
_SMALL_POOL_SIZE = 3
_PACKET_BYTES = 1_400
"""A shorter answer fits one packet of a usual network, so compressing it saves nobody anything."""

_SUBJECTS = (
    *(home, categories, feed, products, reviews, search, accounts, cart, checkout, payments, orders, history),
    *(health, events, notifications, reports, listing),
)


def create_app(dsn: str | None = None, *, options: mistakes.ShopOptions | None = None) -> FastAPI:
    """Return the shop; the connection pool is closed, and partners are served, by the application's lifespan.

    Args:
        dsn: the database; default `PACELINE_SHOP_DSN`.
        options: how it behaves; default `PACELINE_SHOP_MISTAKES` (a comma list, `all` or `none`).

    Raises:
        UsageError: no database is named, or a mistake is unknown.
    """
    address = dsn or os.environ.get("PACELINE_SHOP_DSN")
    if not address:
        raise errors.UsageError("the shop has no database; pass a dsn or set PACELINE_SHOP_DSN")
    chosen = options or mistakes.options_from_environment()
    engine = _engine(address, chosen)
    app = FastAPI(title="Sample shop", lifespan=_lifespan)
    app.state.shop = state.Shop(
        engine=engine, sessions=async_sessionmaker(engine, expire_on_commit=False), options=chosen
    )
    if not chosen.has(mistakes.CHATTY_JSON):
        app.add_middleware(GZipMiddleware, minimum_size=_PACKET_BYTES, compresslevel=5)
    for subject in _SUBJECTS:
        app.include_router(subject.router)
    return app


def _engine(address: str, options: mistakes.ShopOptions) -> AsyncEngine:
    """Return the engine with its pool: too small for the visitors of a busy minute, or as large as they need."""
    url = engines.engine_url(address)
    if options.has(mistakes.POOL_TOO_SMALL):
        return create_async_engine(url, pool_size=_SMALL_POOL_SIZE, max_overflow=0)
    return create_async_engine(url, pool_size=_POOL_SIZE, max_overflow=_MAX_OVERFLOW)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    shop: state.Shop = app.state.shop
    try:
        with partners.served() as shop.partners:
            yield
    finally:
        await shop.engine.dispose()
