"""The sample shop for the tests beside this file: with the mistakes asked for, and what it asks its database."""

from __future__ import annotations

from contextlib import asynccontextmanager

import httpx
from sqlalchemy import event, text

from paceline.demo import application, engines, mistakes
from paceline.demo.data import credentials


@asynccontextmanager
async def opened(dsn, switched_on):
    """Yield a client of the shop with these mistakes and the list of the statements it runs."""
    options = mistakes.ShopOptions(mistakes=frozenset(switched_on))
    app = application.create_app(dsn, options=options)
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(app.state.shop.engine.sync_engine, "before_cursor_execute", note)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
    ):
        client.shop = app.state.shop
        yield client, statements


async def query(dsn, sql, **parameters):
    async with engines.engine_of(dsn) as engine, engine.begin() as connection:
        return [tuple(row) for row in await connection.execute(text(sql), parameters)]


async def a_session(dsn):
    """Return the headers and the customer of a session that goes on, the one whose customer has bought most."""
    ((session_id, customer_id),) = await query(
        dsn,
        "SELECT sessions.id, customer_id FROM sessions WHERE expires_at > '2090-01-01' "
        "ORDER BY (SELECT count(*) FROM orders WHERE orders.customer_id = sessions.customer_id) DESC, id LIMIT 1",
    )
    return {"authorization": f"Bearer {credentials.session_token(session_id)}"}, customer_id
