"""The sample shop's mistakes that live in the database, put in and taken out on a real PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from paceline import errors
from paceline.demo import engines, mistakes, switching
from paceline.demo.data import generate

ASKED = {
    mistakes.MISSING_FOREIGN_KEY_INDEX: "SELECT * FROM payments WHERE order_id = 40",
    mistakes.MISSING_COMPOSITE_INDEX: "SELECT * FROM orders WHERE customer_id = 1 ORDER BY created_at DESC LIMIT 20",
    mistakes.MISSING_QUEUE_INDEX: "SELECT * FROM notifications WHERE sent_at IS NULL ORDER BY created_at LIMIT 20",
    mistakes.MISSING_SOFT_DELETE_INDEX: "SELECT * FROM products WHERE deleted_at IS NULL ORDER BY created_at DESC "
    "LIMIT 12",
    mistakes.MISSING_EXPRESSION_INDEX: "SELECT * FROM customers WHERE lower(email) = 'nobody@example.com'",
    mistakes.MISSING_JSONB_INDEX: """SELECT * FROM products WHERE attributes @> '{"maker": "Haas Works"}'""",
    mistakes.MISSING_ARRAY_INDEX: "SELECT * FROM products WHERE tags @> ARRAY['signed']",
    mistakes.MISSING_TRIGRAM_INDEX: "SELECT * FROM products WHERE name ILIKE '%uku%'",
}
"""What the shop asks where an index is missing."""


@pytest.fixture(scope="module")
def shop_dsn(postgres_server):
    """One database with a small shop for the whole file; each test switches what it needs."""
    postgres_server.run_sql("create database shop_mistakes")
    dsn = postgres_server.dsn("shop_mistakes")
    asyncio.run(generate.generate(dsn, scale=0.02))
    yield dsn
    postgres_server.run_sql("drop database shop_mistakes with (force)")


@pytest.fixture
def plans(postgres_server, shop_dsn):
    """Switch mistakes, and return the plan of what the shop asks for each missing index."""

    def planned(switched_on):
        _switch(shop_dsn, switched_on)
        explained = [f"SELECT '--'; EXPLAIN {sql};" for sql in ASKED.values()]
        # A small shop is read whole sooner than a large one.
        text = postgres_server.run_sql(f"SET enable_seqscan = off; {''.join(explained)}", "shop_mistakes")
        return dict(zip(ASKED, text.split("--\n")[1:], strict=True))

    return planned


def _switch(dsn, switched_on):
    async def switched():
        async with engines.engine_of(dsn) as engine:
            await switching.apply_mistakes(engine, switched_on)

    asyncio.run(switched())


def _indexes(server):
    found = server.run_sql("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'", "shop_mistakes")
    return frozenset(found.splitlines())


def test_all_are_in_after_the_generation_and_all_can_be_taken_out_and_put_in_again(postgres_server, shop_dsn):
    switches = switching.switches()
    missing = {str(switch.index.name) for switch in switches if not switch.surplus}
    surplus = {str(switch.index.name) for switch in switches if switch.surplus}
    generated = _indexes(postgres_server)
    assert surplus <= generated
    assert not missing & generated
    _switch(shop_dsn, frozenset())
    assert _indexes(postgres_server) == (generated - surplus) | missing
    _switch(shop_dsn, mistakes.ALL)
    assert _indexes(postgres_server) == generated


@pytest.mark.parametrize("switch", switching.switches(), ids=lambda switch: switch.mistake)
def test_each_is_switched_for_itself(postgres_server, shop_dsn, switch):
    _switch(shop_dsn, mistakes.ALL)
    all_in = _indexes(postgres_server)
    _switch(shop_dsn, mistakes.ALL - {switch.mistake})
    assert _indexes(postgres_server) ^ all_in == {str(switch.index.name)}


def test_what_the_shop_asks_is_answered_by_the_index_that_was_missing(plans):
    names = {switch.mistake: str(switch.index.name) for switch in switching.switches()}
    with_mistakes, without = plans(mistakes.ALL), plans(frozenset())
    for mistake in ASKED:
        assert names[mistake] not in with_mistakes[mistake]
        assert names[mistake] in without[mistake]
    for ordered in (
        mistakes.MISSING_COMPOSITE_INDEX,
        mistakes.MISSING_QUEUE_INDEX,
        mistakes.MISSING_SOFT_DELETE_INDEX,
    ):
        assert "Sort" in with_mistakes[ordered]
    for ordered in (mistakes.MISSING_QUEUE_INDEX, mistakes.MISSING_SOFT_DELETE_INDEX):
        assert "Sort" not in without[ordered]


def test_the_duplicate_is_a_duplicate(postgres_server, shop_dsn):
    _switch(shop_dsn, {mistakes.DUPLICATE_INDEX})
    twins = postgres_server.run_sql(
        "SELECT count(*) FROM pg_index GROUP BY indrelid, indkey, indclass, indpred HAVING count(*) > 1",
        "shop_mistakes",
    )
    assert twins == "2"


def test_the_queue_index_holds_what_waits_and_nothing_else(postgres_server, shop_dsn):
    _switch(shop_dsn, frozenset())
    held, waiting = postgres_server.run_sql(
        f"SELECT reltuples FROM pg_class WHERE relname = '{switching.WAITING_NOTIFICATIONS}';"
        "SELECT count(*) FROM notifications WHERE sent_at IS NULL",
        "shop_mistakes",
    ).splitlines()
    assert held == waiting


def test_a_code_mistake_changes_nothing_here(postgres_server, shop_dsn):
    _switch(shop_dsn, frozenset())
    before = _indexes(postgres_server)
    _switch(shop_dsn, {mistake.name for mistake in mistakes.CODE_MISTAKES})
    assert _indexes(postgres_server) == before


def test_what_is_no_mistake_is_refused(shop_dsn):
    with pytest.raises(errors.UsageError, match="no mistake 'missing_mind'"):
        _switch(shop_dsn, {"missing_mind"})


def test_a_server_that_refuses_the_extension_is_told_of_with_a_way_out(postgres_server, shop_dsn):
    postgres_server.run_sql(
        "drop extension pg_trgm cascade; create role shopkeeper login; grant all on schema public to shopkeeper",
        "shop_mistakes",
    )
    try:
        with pytest.raises(errors.DatabaseError, match="leave the mistake missing_trigram_index in"):
            _switch(shop_dsn.replace("postgres@", "shopkeeper@"), frozenset())
    finally:
        postgres_server.run_sql("drop owned by shopkeeper; drop role shopkeeper", "shop_mistakes")
