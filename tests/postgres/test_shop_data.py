"""The sample shop's rows on a real PostgreSQL: how many, how skewed, and the same for a seed."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from paceline.demo import census, engines, schema
from paceline.demo.data import credentials, generate, sizes, skew

SCALE = 0.02
CHECKSUM = """
SELECT md5(string_agg(row_text, '|' ORDER BY row_text)) FROM (SELECT CAST(t AS text) AS row_text FROM {table} AS t) AS r;
"""
TABLES = [table.name for table in schema.Base.metadata.sorted_tables if table.name != "shop_meta"]


@pytest.fixture(scope="module")
def shop_dsn(postgres_server):
    """One database with a small shop, which no test here changes for the others."""
    postgres_server.run_sql("create database shop_data")
    dsn = postgres_server.dsn("shop_data")
    asyncio.run(generate.generate(dsn, scale=SCALE))
    yield dsn
    postgres_server.run_sql("drop database shop_data with (force)")


@pytest.fixture(scope="module")
def ask(postgres_server, shop_dsn):
    """Ask the small shop; the answer is the fields of all rows, as text."""

    def asked(sql):
        rows = postgres_server.run_sql(f"{sql};", "shop_data").splitlines()
        return [row.split("|") for row in rows]

    return asked


def _checksums(server, database):
    found = server.run_sql("".join(CHECKSUM.format(table=table) for table in TABLES), database).splitlines()
    return dict(zip(TABLES, found, strict=True))


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(postgres_server):
    postgres_server.run_sql("create database shop_again")
    dsn = postgres_server.dsn("shop_again")
    asyncio.run(generate.generate(dsn, scale=0.002))
    first = _checksums(postgres_server, "shop_again")
    asyncio.run(generate.generate(dsn, scale=0.002))
    assert _checksums(postgres_server, "shop_again") == first
    asyncio.run(generate.generate(dsn, scale=0.002, seed=7))
    others = _checksums(postgres_server, "shop_again")
    assert {table for table in TABLES if others[table] == first[table]} == {"categories"}
    postgres_server.run_sql("drop database shop_again with (force)")


def test_data_are_needed_once_and_again_for_another_scale_or_seed(database_dsn):
    told = []

    async def story():
        assert await generate.needs_data(database_dsn, scale=0.002)
        await generate.generate(database_dsn, scale=0.002, progress=lambda *step: told.append(step))
        assert not await generate.needs_data(database_dsn, scale=0.002)
        assert await generate.needs_data(database_dsn, scale=0.01)
        assert await generate.needs_data(database_dsn, scale=0.002, seed=1)

    asyncio.run(story())
    assert [done for _, done, _ in told] == list(range(1, len(told) + 1))
    assert {total for _, _, total in told} == {len(told)}


def test_a_shop_of_the_schema_before_is_replaced(postgres_server, database_dsn):
    database = database_dsn.partition("?")[0].rpartition("/")[2]
    postgres_server.run_sql(
        "create table shop_meta (id int primary key, schema_version int, scale float, seed int);"
        f"insert into shop_meta values (1, 1, 0.002, {generate.DEFAULT_SEED});"
        "create table customers (id int primary key);"
        "create table cart_items (customer_id int references customers)",
        database,
    )

    async def story():
        assert await generate.needs_data(database_dsn, scale=0.002)
        await generate.generate(database_dsn, scale=0.002)
        assert not await generate.needs_data(database_dsn, scale=0.002)

    asyncio.run(story())


def test_there_are_as_many_rows_as_the_scale_says(ask):
    wanted = sizes.ShopSizes.at(SCALE)
    for field in dataclasses.fields(wanted):
        assert ask(f"SELECT count(*), min(id), max(id) FROM {field.name}") == [
            [str(getattr(wanted, field.name)), "1", str(getattr(wanted, field.name))]
        ]
    ((items, payments, lines),) = ask(
        "SELECT (SELECT count(*) FROM order_items), (SELECT count(*) FROM payments), (SELECT count(*) FROM cart_items)"
    )
    assert 1.5 < int(items) / wanted.orders < 1.7
    assert 1.05 < int(payments) / wanted.orders < 1.15
    assert 2.2 < int(lines) / wanted.carts < 2.7


def _share_of_best_fifth(counts, of):
    counts = sorted((int(number) for (number,) in counts), reverse=True)
    return sum(counts[: of // 5]) / sum(counts)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("order_items", "product_id"),
        ("events", "product_id"),
        ("reviews", "product_id"),
        ("orders", "customer_id"),
        ("events", "customer_id"),
        ("sessions", "customer_id"),
    ],
)
def test_a_few_have_most(ask, table, column):
    whole = sizes.ShopSizes.at(SCALE)
    of = whole.products if column == "product_id" else whole.customers
    counts = ask(f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY {column}")
    assert 0.55 < _share_of_best_fifth(counts, of) < 0.9


def test_status_goes_with_age_and_price_with_category(ask):
    ages = {status: float(age) for status, age in ask("SELECT status, avg(id) FROM orders GROUP BY status")}
    assert ages["pending"] > ages["shipped"] > ages["delivered"]
    prices = {
        slug: float(price)
        for slug, price in ask(
            "SELECT slug, avg(price_cents) FROM products JOIN categories ON categories.id = category_id GROUP BY slug"
        )
    }
    assert prices["furniture"] > 3 * prices["kitchen"] > 3 * prices["office"]


def test_what_nobody_buys_is_given_up(ask):
    count = sizes.ShopSizes.at(SCALE).products
    deleted = {int(product_id) for (product_id,) in ask("SELECT id FROM products WHERE deleted_at IS NOT NULL")}
    assert 0.15 < len(deleted) / count < 0.25
    hot = {skew.id_of_rank(position, count) for position in range(count // 5)}
    assert len(deleted & hot) < len(deleted) / 20
    assert ask(
        "SELECT count(*) FROM stock JOIN products ON id = product_id WHERE deleted_at IS NOT NULL AND quantity > 0"
    ) == [["0"]]
    assert ask("SELECT count(*) FROM products WHERE deleted_at < created_at") == [["0"]]


def test_totals_are_the_sums_of_the_lines_and_every_kept_order_was_paid_once(ask):
    assert ask(
        "SELECT count(*) FROM (SELECT orders.id FROM orders JOIN order_items ON order_id = orders.id "
        "GROUP BY orders.id HAVING sum(quantity * unit_price_cents) <> total_cents) AS wrong"
    ) == [["0"]]
    paid = "SELECT DISTINCT count(*) FROM payments WHERE status = 'captured' GROUP BY order_id"
    assert ask(paid) == [["1"]]
    states = "SELECT DISTINCT orders.status FROM orders JOIN payments ON order_id = orders.id WHERE payments.status = "
    assert sorted(ask(f"{states} 'captured'")) == [["delivered"], ["paid"], ["shipped"]]
    assert ask(f"{states} 'refunded'") == [["returned"]]
    assert ask(f"{states} 'failed' AND orders.status = 'pending'") == [["pending"]]


def test_the_log_grows_with_time_and_more_of_it_in_the_evening(ask):
    assert ask(
        "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS earlier FROM events) AS e "
        "WHERE earlier"
    ) == [["0"]]
    hours = ask("SELECT count(*) FROM events GROUP BY extract(hour FROM created_at AT TIME ZONE 'UTC') ORDER BY 1")
    assert int(hours[-1][0]) > 2 * int(hours[0][0])
    assert ask(
        "SELECT count(*) FROM events WHERE (product_id IS NULL) <> (kind IN ('search', 'checkout', 'login'))"
    ) == [["0"]]


def test_few_notifications_wait_and_most_of_them_are_new(ask):
    ((waiting, old, sent),) = ask(
        "SELECT count(*) FILTER (WHERE sent_at IS NULL),"
        " count(*) FILTER (WHERE sent_at IS NULL AND id * 2 < (SELECT max(id) FROM notifications)), count(sent_at)"
        " FROM notifications"
    )
    assert 20 <= int(waiting) < int(sent) / 50
    assert int(old) < int(waiting) / 4
    assert ask(
        "SELECT count(*) FROM notifications JOIN orders ON orders.id = CAST(payload ->> 'order_id' AS integer)"
        " WHERE orders.customer_id <> notifications.customer_id"
    ) == [["0"]]


def test_new_rows_get_new_ids(ask):
    numbered = [table.name for table in schema.Base.metadata.sorted_tables if "id" in table.c]
    continued = [
        f"SELECT nextval(pg_get_serial_sequence('{name}', 'id')) > max(id) FROM {name}"
        for name in numbered
        if name != "shop_meta"
    ]
    assert ask(" UNION ALL ".join(continued)) == [["t"]] * len(continued)


def test_foreign_keys_are_there_and_nothing_is_left_of_the_generation(ask):
    declared = sum(len(table.foreign_keys) for table in schema.Base.metadata.sorted_tables)
    assert ask("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated") == [[str(declared)]]
    assert ask("SELECT proname FROM pg_proc WHERE proname IN ('u', 'ranked_id', 'pick')") == []


# --- what visitors know of it


def test_visitors_know_what_is_there(shop_dsn, ask):
    knows = asyncio.run(census.read_population(shop_dsn))
    whole = sizes.ShopSizes.at(SCALE)
    assert (knows.products, knows.customers, knows.orders, knows.notifications) == (
        *(whole.products, whole.customers),
        *(whole.orders, whole.notifications),
    )
    for_sale = {int(found) for (found,) in ask("SELECT id FROM products WHERE deleted_at IS NULL")}
    assert set(knows.for_sale) == for_sale
    assert knows.for_sale[0] == skew.id_of_rank(0, whole.products)
    assert len(knows.aisles) == whole.categories
    assert len(knows.aisles[0].later_pages) > len(knows.aisles[-1].later_pages)
    unpaid = [int(found) for (found,) in ask("SELECT id FROM orders WHERE status = 'pending' ORDER BY id DESC")]
    assert list(knows.unpaid_orders) == unpaid


def test_visitors_ask_for_what_some_products_have_but_not_most(shop_dsn, ask):
    knows = asyncio.run(census.read_population(shop_dsn))
    for_sale = "SELECT count(*) FROM products WHERE deleted_at IS NULL AND"
    counts = ask(
        " UNION ALL ".join(
            (
                *(f"{for_sale} tags @> ARRAY['{tag}']" for tag in knows.tags),
                *(f"{for_sale} attributes ->> '{name}' = '{value}'" for name, value in knows.attributes),
            )
        )
    )
    assert min(int(count) for (count,) in counts) > 0
    assert max(int(count) for (count,) in counts) < len(knows.for_sale) / 10
    assert len(knows.tags) > 20
    assert {name for name, _ in knows.attributes} >= {"maker", "color", "material"}


def test_visitors_have_signed_in_before(shop_dsn, ask):
    knows = asyncio.run(census.read_population(shop_dsn))
    assert len(set(knows.tokens)) == len(knows.tokens) > 100
    digest = credentials.token_digest(knows.tokens[-1])
    assert ask(f"SELECT expires_at > '2090-01-01' FROM sessions WHERE token_digest = '{digest}'") == [["t"]]
    assert ask(f"SELECT count(*) FROM customers WHERE email = '{knows.emails[0]}'") == [["1"]]


def test_who_signs_in_later_has_a_token_that_no_visitor_knows(shop_dsn):
    async def known_after_a_sign_in():
        async with engines.engine_of(shop_dsn) as engine, engine.connect() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO sessions (token_digest, customer_id, device, last_seen_at, expires_at)"
                " VALUES ('d', 1, 'phone', now(), '2099-01-01')"
            )
            await connection.commit()
            knows = await census.read_population(engine)
            await connection.exec_driver_sql("DELETE FROM sessions WHERE token_digest = 'd'")
            await connection.commit()
            return knows

    before = asyncio.run(census.read_population(shop_dsn)).tokens
    assert asyncio.run(known_after_a_sign_in()).tokens == before
