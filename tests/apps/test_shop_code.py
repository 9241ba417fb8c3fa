"""The mistakes in the sample shop's code, each in and out: what is asked, held, kept and sent."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest
from tests.apps.fix_shop import a_session, opened, query

from paceline.demo import census, mistakes, partners
from paceline.demo.office import events


def tables_of(statements):
    """Count the statements that read from each table."""
    names = [statement.partition("FROM ")[2].split()[0] for statement in statements if "FROM " in statement]
    return {name: names.count(name) for name in names}


def test_recent_orders_with_the_mistake_ask_for_every_order_again(shop_dsn):
    async def story():
        async with opened(shop_dsn, {mistakes.N_PLUS_ONE}) as (client, statements):
            slow = (await client.get("/orders/recent")).json()
            asked = tables_of(statements)
            assert asked["order_items"] == 20
            assert 5 < asked["customers"] <= 20
        async with opened(shop_dsn, set()) as (client, statements):
            fast = (await client.get("/orders/recent")).json()
            assert len(statements) == 2
        assert fast == slow
        assert len(fast["orders"]) == 20

    asyncio.run(story())


def test_own_orders_with_the_mistake_ask_for_every_item_again(shop_dsn):
    async def story():
        signed_in, _ = await a_session(shop_dsn)
        async with opened(shop_dsn, {mistakes.NESTED_N_PLUS_ONE}) as (client, statements):
            slow = (await client.get("/me/orders", headers=signed_in)).json()
            asked = tables_of(statements)
            products = {item["product"]["id"] for order in slow["orders"] for item in order["items"]}
            assert (asked["order_items"], asked["products"]) == (len(slow["orders"]), len(products))
        async with opened(shop_dsn, set()) as (client, statements):
            assert (await client.get("/me/orders", headers=signed_in)).json() == slow
            assert len(statements) == 3
        assert len(slow["orders"]) == 10

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
        async with opened(shop_dsn, {mistakes.OFFSET_PAGING}) as (client, statements):
            by_number, links = await _walk(client)
            assert any("OFFSET" in statement for statement in statements)
            assert not any("count(*)" in statement for statement in statements)
        async with opened(shop_dsn, set()) as (client, statements):
            by_key, same_links = await _walk(client)
            assert not any("OFFSET" in statement for statement in statements)
        assert by_key == by_number
        assert same_links == links
        (kitchen,) = [a for a in (await census.read_population(shop_dsn)).aisles if a.slug == "kitchen"]
        assert links == [f"/categories/kitchen/products?{query}" for query in kitchen.later_pages]
        assert len(links) >= 2

    asyncio.run(story())


def test_the_pages_of_what_was_filtered_are_filtered_too(shop_dsn):
    async def story():
        async with opened(shop_dsn, set()) as (client, _):
            first = (await client.get("/categories/kitchen/products?max_cents=5000&min_cents=100")).json()
            second = (await client.get(first["next"])).json()
            assert all(100 <= product["price_cents"] <= 5000 for product in second["products"])
            assert second["products"][0]["price_cents"] >= first["products"][-1]["price_cents"]
            if second["next"]:
                assert "max_cents=5000" in second["next"]

    asyncio.run(story())


def test_pages_are_counted_only_with_the_mistake(shop_dsn):
    async def story():
        async with opened(shop_dsn, {mistakes.COUNT_EVERY_PAGE}) as (client, statements):
            page = (await client.get("/categories/kitchen/products")).json()
            assert sum("count(*)" in statement for statement in statements) == 1
            assert len(statements) == 3
            assert page["pages"] == len((await _walk(client))[0])
        async with opened(shop_dsn, set()) as (client, statements):
            assert (await client.get("/categories/kitchen/products")).json()["pages"] is None
            assert len(statements) == 2

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


def test_the_list_of_products_ends_only_without_the_mistake(shop_dsn):
    async def story():
        ((all_of_them,),) = await query(shop_dsn, "SELECT count(*) FROM products")
        async with opened(shop_dsn, {mistakes.UNBOUNDED_LIST}) as (client, _):
            listed = (await client.get("/admin/products")).json()["products"]
        async with opened(shop_dsn, set()) as (client, _):
            first = (await client.get("/admin/products")).json()
            second = (await client.get(first["next"])).json()
            assert (await client.get(f"/admin/products?after={all_of_them}")).json()["next"] is None
        assert len(listed) == all_of_them
        assert first["products"] + second["products"] == listed[:100]

    asyncio.run(story())


@pytest.mark.parametrize(("switched_on", "stood_still"), [({mistakes.BLOCKING_CALL}, True), (set(), False)])
def test_an_invoice_stops_everybody_only_with_the_mistake(shop_dsn, switched_on, stood_still):
    async def story():
        seen = []
        async with opened(shop_dsn, switched_on) as (client, _):

            def stand_still(path, **_):
                assert asyncio.current_task() is not None  # in the thread of the event loop, which stands still, too
                seen.append((path, True))
                return {"number": "T-1"}

            async def wait(path, **_):
                seen.append((path, False))
                return {"number": "T-1"}

            client.shop.partners = Listening(wait, stand_still)
            assert (await client.get("/orders/100/invoice")).json()["number"] == "T-1"
        assert seen == [(partners.NUMBERS, stood_still)]

    asyncio.run(story())


@pytest.mark.parametrize(("switched_on", "held"), [({mistakes.CONNECTION_HELD}, 1), (set(), 0)])
def test_a_quote_holds_its_connection_while_the_carrier_thinks_only_with_the_mistake(shop_dsn, switched_on, held):
    async def story():
        seen = []
        async with opened(shop_dsn, switched_on) as (client, _):

            async def think(path, **_):
                seen.append((path, client.shop.engine.pool.checkedout()))
                return {"rates": []}

            client.shop.partners = Listening(think)
            await client.get("/shipping/quote?customer_id=365")
        assert seen == [(partners.RATES, held)]

    asyncio.run(story())


class Listening:
    """In the place of the partners: sees in which state the shop asks them."""

    def __init__(self, ask, ask_blocking=None):
        self.ask = ask
        self.ask_blocking = ask_blocking


def _seen(product_id):
    steps = [{"at_ms": 100 * number, "did": "scroll", "where": "reviews"} for number in range(50)]
    return {"kind": "view", "product_id": product_id, "customer_id": 5, "steps": steps}


def test_events_pile_up_in_the_process_only_with_the_mistake_and_to_a_bound(shop_dsn, monkeypatch):
    monkeypatch.setattr(events, "evening", events.Evening())
    monkeypatch.setattr(events, "MOST_KEPT_BYTES", 12 * 50 * events.STEP_BYTES)

    async def story():
        async with opened(shop_dsn, {mistakes.LEAK}) as (client, _):
            for number in range(1, 21):
                assert (await client.post("/events", json=_seen(number))).status_code == 202
        assert len(events.evening.events) == 12
        async with opened(shop_dsn, set()) as (client, _):
            for number in range(1, 21):
                await client.post("/events", json=_seen(number))
        assert len(events.evening.events) == 12
        assert events.last.maxlen == 1_000
        assert list(events.last)[-1] == ("view", 4_900)
        noted = await query(
            shop_dsn, "SELECT product_id, payload FROM events WHERE customer_id = 5 ORDER BY id DESC LIMIT 1"
        )
        assert noted == [(20, {"steps": 50, "seen_ms": 4_900})]

    asyncio.run(story())


def test_a_feed_is_long_and_plain_only_with_the_mistake(shop_dsn):
    path = "/categories/kitchen/feed"

    async def raw(client):
        async with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            return answer.headers.get("content-encoding"), b"".join([part async for part in answer.aiter_raw()])

    async def story():
        async with opened(shop_dsn, {mistakes.CHATTY_JSON}) as (client, _):
            encoding, chatty = await raw(client)
            assert encoding is None
        async with opened(shop_dsn, set()) as (client, _):
            encoding, packed = await raw(client)
            assert encoding == "gzip"
        short = json.loads(gzip.decompress(packed))["products"]
        long = json.loads(chatty)["products"]
        assert [{name: each[name] for name in short[0]} for each in long] == short
        assert len(chatty) > 20 * len(packed)

    asyncio.run(story())
