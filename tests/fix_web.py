"""A store with a minute of a small shop in it, a service over it, and clients that ask the application in-process."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
from fastapi import routing

from paceline import clock as clocks
from paceline.engine import service as services
from paceline.postgres import settings as postgres_settings
from paceline.telemetry import histogram, traces, window
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry.store import opening
from paceline.web import application, settings, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastapi import FastAPI

VIEWER_TOKEN = "viewer-token-of-the-tests"
OPERATOR_TOKEN = "operator-token-of-the-tests"
SETTINGS = settings.WebSettings(viewer_token=VIEWER_TOKEN, operator_token=OPERATOR_TOKEN)
VIEWER = {"Authorization": f"Bearer {VIEWER_TOKEN}"}
OPERATOR = {"Authorization": f"Bearer {OPERATOR_TOKEN}"}
TRACE_ID = "0123456789abcdef0123456789abcdef"
FINGERPRINT = "a1c93e7d2b60f418"
STATEMENT = "select * from orders where customer_id = $1"


def shop_window(at_ms: int, worker: str = "4211") -> window.Window:
    """One window of two endpoints, a statement, memory, a slow response, a slow statement and a trace."""
    orders, cart = ("GET", "/orders/{order_id}", "ok"), ("POST", "/cart", "client_error")
    slow = {"method": "GET", "route": orders[1], "status": 200, "outcome": "ok", "trace_id": TRACE_ID}
    query = {"fingerprint": FINGERPRINT, "route": orders[1], "call_site": "shop/orders.py:88 orders_of", "rows": 3}
    return window.Window(
        worker,
        window.grid(at_ms),
        tallies={
            (window.REQUEST, *orders): _tally([40_000_000, 60_000_000, 250_000_000]),
            (window.REQUEST, *cart): _tally([5_000_000]),
            (window.STATEMENT, FINGERPRINT, orders[1]): _tally([20_000_000, 30_000_000, 1_200_000_000]),
        },
        counters={(window.STATUS, *orders, "200"): 3, (window.STATUS, *cart, "422"): 1},
        gauges={
            ("memory.rss", worker): window.Gauge.of(150_000_000.0),
            ("memory.limit", worker): window.Gauge.of(512_000_000.0),
            ("memory.usage", worker): window.Gauge.of(150_000_000.0),
            ("memory.usage_ratio", worker): window.Gauge.of(0.29),
        },
        events=(
            window.Event(window.SLOW_RESPONSE, at_ms, {**slow, "duration_ns": 250_000_000, "statements": 3}),
            window.Event(window.SLOW_STATEMENT, at_ms, {**query, "duration_ns": 1_200_000_000, "trace_id": TRACE_ID}),
        ),
        traces=(
            traces.Trace(
                TRACE_ID, at_ms, *orders[:2], 200, "ok", 250_000_000, 249_000_000, worker, traces.SLOW,
                spans=(traces.Span(FINGERPRINT, 1_000_000, 30_000_000, "shop/orders.py:88 orders_of", 3),),
            ),
        ),
        texts={FINGERPRINT: STATEMENT},
    )  # fmt: skip


def shop_service(folder: Path, clock: clocks.Clock = clocks.SYSTEM) -> services.Service:
    """A service over a store in a file, with windows of the last minute."""
    store = opening.open_store(f"sqlite:///{folder / 'shop.db'}", service="shop", clock=clock)
    for age_ms in (30_000, 20_000, 4_000):
        store.write(shop_window(clock.now_ms() - age_ms))
    wanted = telemetry_settings.TelemetrySettings(service="shop")
    return services.Service(store, wanted, clock=clock, sleep=lambda _seconds: None)


def shop_app(folder: Path, clock: clocks.Clock = clocks.SYSTEM, **options: Any) -> FastAPI:
    """The web application over the shop, with the two tokens above; `dsn` is the database that it may ask."""
    wanted, dsn = options.pop("settings", SETTINGS), options.pop("dsn", None)
    options.setdefault("access", tokens.Access(wanted, folder / "state", clock=clock))
    service = shop_service(folder, clock)
    service.postgres = postgres_settings.PostgresSettings(dsn=dsn)
    return application.create_app(service, wanted, **options)


def shop_of_nothing() -> FastAPI:
    """The web application without a service: enough to see which routes it has."""
    return application.create_app(cast("Any", None), settings.WebSettings(), access=None)


def ask(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    """One request in-process; the host is localhost unless a header says otherwise."""
    return ask_all(app, [(method, path, options)])[0]


def ask_all(app: FastAPI, questions: Iterable[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
    """Several requests, one after the other, on one event loop."""

    async def asking() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [await client.request(method, path, **options) for method, path, options in questions]

    return asyncio.run(asking())


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every (method, path) that the application routes, however FastAPI nests them; parameters are filled in."""

    for route in routing.iter_route_contexts(app.routes):
        path = re.sub(r"\{[^}]*\}", TRACE_ID, route.path)
        yield from ((method, path) for method in sorted(route.methods or {"GET"}))


def _tally(values: list[int]) -> window.Tally:
    counted = histogram.Histogram()
    counted.extend(values)
    return window.Tally.of(counted)
