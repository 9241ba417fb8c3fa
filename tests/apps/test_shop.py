"""The sample shop on a real PostgreSQL: its data, its endpoints with every mistake in and out, its visitors."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import islice

import httpx
import pytest
from sqlalchemy import event, text

from paceline.demo import application, census, engines, mistakes, switching, traffic
from paceline.demo.data import generate, words

SCALE = 0.02
CHECKSUM = """
SELECT md5(string_agg(row_text, '|' ORDER BY row_text)) FROM (SELECT CAST(t AS text) AS row_text FROM {table} AS t) AS r
"""
TABLES = ("products", "stock", "customers", "orders", "order_items", "reviews", "cart_items")


@pytest.fixture(scope="module")
def shop_dsn(postgres_server):
    """One database with a small shop for the whole file; what tests write does not matter to the others."""
    postgres_server.run_sql("create database shop")
    dsn = postgres_server.dsn("shop")
    asyncio.run(generate.generate(dsn, scale=SCALE))
    yield dsn
    postgres_server.run_sql("drop database shop with (force)")


@asynccontextmanager
async def opened(dsn, switched_on):
    """Yield a client of the shop with these mistakes and the list of the statements it runs."""
    options = mistakes.ShopOptions(mistakes=frozenset(switched_on))
    app = application.create_app(dsn, options=options)
    engine = app.state.shop.engine
    await switching.apply_mistakes(engine, options.mistakes)
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
    ):
        yield client, statements


async def query(dsn, sql, **parameters):
    async with engines.engine_of(dsn) as engine, engine.begin() as connection:
        return [tuple(row) for row in await connection.execute(text(sql), parameters)]


async def checksums(dsn):
    return [await query(dsn, CHECKSUM.format(table=table)) for table in TABLES]


# --- data


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(postgres_server, shop_dsn):
    async def story(dsn):
        await generate.generate(dsn, scale=0.005)
        first = await checksums(dsn)
        await generate.generate(dsn, scale=0.005)
        assert await checksums(dsn) == first
        await generate.generate(dsn, scale=0.005, seed=7)
        assert all(now != before for now, before in zip(await checksums(dsn), first, strict=True))

    postgres_server.run_sql("create database shop_again")
    asyncio.run(story(postgres_server.dsn("shop_again")))
    postgres_server.run_sql("drop database shop_again with (force)")


def test_data_are_needed_once_and_again_for_another_scale_or_seed(database_dsn):
    told = []

    async def story():
        assert await generate.needs_data(database_dsn, scale=0.005)
        await generate.generate(database_dsn, scale=0.005, progress=lambda *step: told.append(step))
        assert not await generate.needs_data(database_dsn, scale=0.005)
        assert await generate.needs_data(database_dsn, scale=0.01)
        assert await generate.needs_data(database_dsn, scale=0.005, seed=1)

    asyncio.run(story())
    assert [done for _, done, _ in told] == list(range(1, len(told) + 1))
    assert {total for _, _, total in told} == {len(told)}


def test_few_products_make_most_of_the_sales(shop_dsn):
    async def story():
        sold = [n for (n,) in await query(shop_dsn, "SELECT count(*) FROM order_items GROUP BY product_id")]
        (products,) = (await query(shop_dsn, "SELECT count(*) FROM products"))[0]
        best_fifth = sum(sorted(sold, reverse=True)[: products // 5])
        assert best_fifth > sum(sold) / 2

    asyncio.run(story())


def test_status_goes_with_age_and_price_with_category(shop_dsn):
    async def story():
        ages = dict(
            await query(
                shop_dsn,
                "SELECT status, CAST(avg(id) AS float) FROM orders WHERE created_at < '2026-01-01' GROUP BY status",
            )
        )
        assert ages["pending"] > ages["shipped"] > ages["delivered"]
        prices = dict(
            await query(
                shop_dsn,
                "SELECT slug, CAST(avg(price_cents) AS float) FROM products "
                "JOIN categories ON categories.id = category_id GROUP BY slug",
            )
        )
        assert prices["furniture"] > 3 * prices["kitchen"] > 3 * prices["office"]

    asyncio.run(story())


def test_totals_are_the_sums_of_the_lines_and_new_rows_get_new_ids(shop_dsn):
    async def story():
        wrong = await query(
            shop_dsn,
            "SELECT orders.id FROM orders JOIN order_items ON order_id = orders.id "
            "GROUP BY orders.id HAVING sum(quantity * unit_price_cents) <> total_cents",
        )
        assert wrong == []
        nexts = "SELECT nextval(pg_get_serial_sequence('customers', 'id')) > (SELECT max(id) FROM customers)"
        assert await query(shop_dsn, nexts) == [(True,)]

    asyncio.run(story())


def test_foreign_keys_are_there_and_nothing_is_left_of_the_generation(shop_dsn):
    async def story():
        keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated"
        assert await query(shop_dsn, keys) == [(9,)]
        left = "SELECT proname FROM pg_proc WHERE proname IN ('u', 'ranked_id', 'pick')"
        assert await query(shop_dsn, left) == []

    asyncio.run(story())


# --- mistakes


@pytest.mark.parametrize(
    ("mistake", "index"),
    [
        (mistakes.MISSING_COMPOSITE_INDEX, switching.ORDERS_OF_CUSTOMER),
        (mistakes.MISSING_EXPRESSION_INDEX, switching.CUSTOMER_BY_EMAIL),
    ],
)
def test_a_missing_index_is_missing_only_while_the_mistake_is_in(shop_dsn, mistake, index):
    async def there():
        return bool(await query(shop_dsn, "SELECT 1 FROM pg_indexes WHERE indexname = :index", index=index))

    async def story():
        async with engines.engine_of(shop_dsn) as engine:
            for _ in range(2):
                await switching.apply_mistakes(engine, {mistake})
                assert not await there()
                await switching.apply_mistakes(engine, mistakes.ALL - {mistake})
                assert await there()

    asyncio.run(story())


def test_recent_orders_with_the_mistake_ask_for_every_order_again(shop_dsn):
    async def story():
        async with opened(shop_dsn, {mistakes.N_PLUS_ONE}) as (client, statements):
            slow = (await client.get("/orders/recent")).json()
            assert sum("FROM order_items" in statement for statement in statements) == 20
            assert len(statements) > 1 + 20
        async with opened(shop_dsn, set()) as (client, statements):
            fast = (await client.get("/orders/recent")).json()
            assert len(statements) <= 3
        assert fast == slow
        assert len(fast["orders"]) == 20

    asyncio.run(story())


async def _walk(client):
    """Follow the links of a category from its first page to its last."""
    pages, links = [], ["/categories/kitchen/products"]
    while links[-1]:
        page = (await client.get(links[-1])).json()
        pages.append(page["products"])
        links.append(page["next"])
    return pages, links[1:-1]


def test_paging_shows_the_same_products_by_number_and_by_key(shop_dsn):
    async def story():
        async with opened(shop_dsn, {mistakes.OFFSET_COUNT}) as (client, statements):
            by_number, links = await _walk(client)
            assert any("OFFSET" in statement for statement in statements)
            assert any("count(*)" in statement for statement in statements)
        async with opened(shop_dsn, set()) as (client, statements):
            by_key, same_links = await _walk(client)
            assert not any("OFFSET" in statement or "count(" in statement for statement in statements)
        assert by_key == by_number
        assert same_links == links
        (kitchen,) = [a for a in (await census.read_population(shop_dsn)).aisles if a.slug == "kitchen"]
        assert links == [f"/categories/kitchen/products?{query}" for query in kitchen.later_pages]
        assert len(links) >= 2

    asyncio.run(story())


def test_the_kept_home_page_is_the_same_and_asks_nothing_the_second_time(shop_dsn):
    async def story():
        async with opened(shop_dsn, {mistakes.UNCACHED_HOME}) as (client, statements):
            computed = (await client.get("/")).json()
            assert (await client.get("/")).json() == computed
            assert len(statements) == 6
        async with opened(shop_dsn, set()) as (client, statements):
            assert (await client.get("/")).json() == computed
            assert (await client.get("/")).json() == computed
            assert len(statements) == 3
        assert len(computed["best_sellers"]) == 12

    asyncio.run(story())


# --- endpoints

READS = (
    "/health",
    "/",
    "/products/17",
    "/categories/lighting/products",
    "/search?q=oak",
    "/customers/365/orders",
    "/orders/100",
    "/orders/recent",
    "/reviews/1",
    "/admin/report",
)


def _comparable(answer):
    """Leave out what only one way of paging can know."""
    return {key: value for key, value in answer.items() if key != "pages"}


@pytest.mark.parametrize("mistake", sorted(mistakes.ALL))
def test_every_endpoint_answers_the_same_with_a_mistake_in_and_out(shop_dsn, mistake):
    async def answers(switched_on):
        async with opened(shop_dsn, switched_on) as (client, _):
            got = [await client.get(path) for path in READS]
            assert [answer.status_code for answer in got] == [200] * len(READS)
            return [_comparable(answer.json()) for answer in got]

    async def story():
        assert await answers({mistake}) == await answers(mistakes.ALL - {mistake})

    asyncio.run(story())


@pytest.mark.parametrize("switched_on", [mistakes.ALL, frozenset()], ids=["all", "none"])
def test_signing_in_needs_the_address_in_any_case_and_the_right_word(shop_dsn, switched_on):
    async def story():
        (email,) = (await query(shop_dsn, "SELECT email FROM customers WHERE id = 1"))[0]
        async with opened(shop_dsn, switched_on) as (client, _):
            right = {"email": email.upper(), "password": words.SAMPLE_ENTRY_WORD}
            answer = await client.post("/login", json=right)
            assert answer.status_code == 200
            assert answer.json()["customer"]["id"] == 1
            assert (await client.post("/login", json=right | {"password": "x"})).status_code == 401
            assert (await client.post("/login", json=right | {"email": "no@example.com"})).status_code == 401

    asyncio.run(story())


@pytest.mark.parametrize("switched_on", [mistakes.ALL, frozenset()], ids=["all", "none"])
def test_what_is_put_into_the_cart_is_bought_once(shop_dsn, switched_on):
    async def story():
        await query(shop_dsn, "DELETE FROM cart_items WHERE customer_id = 5 RETURNING 1")
        async with opened(shop_dsn, switched_on) as (client, _):
            await client.post("/cart/5/items", json={"product_id": 9, "quantity": 2})
            cart = await client.post("/cart/5/items", json={"product_id": 9})
            assert cart.status_code == 201
            assert [item["quantity"] for item in cart.json()["items"]] == [3]
            bought = await client.post("/checkout", json={"customer_id": 5})
            assert bought.status_code == 201
            assert bought.json()["total_cents"] == cart.json()["total_cents"]
            order = (await client.get(f"/orders/{bought.json()['order_id']}")).json()
            assert [(item["product"]["id"], item["quantity"]) for item in order["items"]] == [(9, 3)]
            newest = (await client.get("/customers/5/orders")).json()["orders"][0]
            assert newest["id"] == order["id"]
            assert (await client.post("/checkout", json={"customer_id": 5})).status_code == 409

    asyncio.run(story())


def test_pressing_the_button_twice_buys_once(shop_dsn):
    async def story():
        async with opened(shop_dsn, set()) as (client, _):
            await client.post("/cart/6/items", json={"product_id": 9})
            pressed = [client.post("/checkout", json={"customer_id": 6}) for _ in range(4)]
            codes = [answer.status_code for answer in await asyncio.gather(*pressed)]
            assert sorted(codes) == [201, 409, 409, 409]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/products/999999", 404),
        ("/products/0", 422),
        ("/orders/99999999999", 422),
        ("/orders/2000000000", 404),
        ("/customers/2000000000/orders", 404),
        ("/reviews/2000000000", 404),
        ("/categories/nothing/products", 404),
        ("/categories/%00/products", 422),
        ("/categories/kitchen/products?page=0", 422),
        ("/categories/kitchen/products?after=cheap", 422),
        ("/search?q=a", 422),
        ("/search?q=%00%00", 422),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_refused(shop_dsn, path, status):
    async def story():
        async with opened(shop_dsn, set()) as (client, _):
            assert (await client.get(path)).status_code == status

    asyncio.run(story())


def test_the_visitors_find_a_shop_that_never_breaks(shop_dsn):
    async def story():
        people = await census.read_population(shop_dsn)
        async with opened(shop_dsn, mistakes.ALL) as (client, _):
            seen = [
                (
                    await client.request(asked.method, asked.path, content=asked.body, headers=dict(asked.headers))
                ).status_code
                for asked in islice(traffic.requests(3, people), 400)
            ]
        assert set(seen) <= {200, 201, 401, 404, 422}
        assert sum(status < 300 for status in seen) / len(seen) > 0.95

    asyncio.run(story())
