"""The sample shop on a real PostgreSQL: its endpoints with every mistake in and out, and its visitors."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
from contextlib import asynccontextmanager
from itertools import islice

import httpx
import pytest
from sqlalchemy import event, text

from paceline.demo import application, census, engines, mistakes, partners, switching
from paceline.demo.data import credentials, generate, words
from paceline.demo.office import events
from paceline.demo.traffic import mix

SCALE = 0.02
BOTH = pytest.mark.parametrize("switched_on", [mistakes.ALL, frozenset()], ids=["all", "none"])


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


def tables_of(statements):
    """Count the statements that read from each table."""
    names = [statement.partition("FROM ")[2].split()[0] for statement in statements if "FROM " in statement]
    return {name: names.count(name) for name in names}


async def a_session(dsn):
    """Return the token and the customer of a session that goes on, whose customer has bought much."""
    ((session_id, customer_id),) = await query(
        dsn,
        "SELECT sessions.id, customer_id FROM sessions WHERE expires_at > '2090-01-01' "
        "ORDER BY (SELECT count(*) FROM orders WHERE orders.customer_id = sessions.customer_id) DESC, id LIMIT 1",
    )
    return {"authorization": f"Bearer {credentials.session_token(session_id)}"}, customer_id


# --- every endpoint that reads


READS = (
    "/health",
    "/",
    "/products?max_cents=900",
    "/products/17",
    "/products/17/reviews",
    "/products/17/recommendations",
    "/categories/lighting/products",
    "/categories/lighting/products?min_cents=2000&max_cents=20000&tag={tag}",
    "/categories/lighting/products?attribute={attribute}",
    "/products?tag={tag}",
    "/products?attribute={attribute}",
    "/search?q=oak",
    "/suggest?q=ste",
    "/me",
    "/me/orders",
    "/customers/365/orders",
    "/orders/100",
    "/orders/100/invoice",
    "/orders/recent",
    "/cart/365",
    "/shipping/quote?customer_id=365",
    "/notifications/pending",
    "/admin/report",
    "/admin/sales",
    "/admin/customers/top",
    "/admin/stock/low",
    "/admin/orders/export?orders=30",
)


def comparable(answer):
    """Leave out what only one way of paging can know."""
    if answer.headers["content-type"].startswith("text/csv"):
        return answer.text
    content = answer.json()
    content.pop("pages", None)
    return content


async def answers(dsn, switched_on):
    """Return what every endpoint that reads says."""
    people = await census.read_population(dsn)
    named = {"tag": people.tags[0], "attribute": ":".join(people.attributes[0])}
    signed_in, _ = await a_session(dsn)
    said = {}
    async with opened(dsn, switched_on) as (client, _):
        for path in READS:
            answer = await client.get(path.format(**named), headers=signed_in)
            assert answer.status_code == 200, path
            said[path] = comparable(answer)
    return said


def test_every_endpoint_answers_the_same_with_all_mistakes_in_and_out(shop_dsn):
    async def story():
        with_mistakes = await answers(shop_dsn, mistakes.ALL)
        async with engines.engine_of(shop_dsn) as engine:
            await switching.apply_mistakes(engine, set())
            without = await answers(shop_dsn, set())
            await switching.apply_mistakes(engine, mistakes.ALL)
        assert with_mistakes == without
        for path in ("/products?tag={tag}", "/products?attribute={attribute}", "/search?q=oak"):
            assert without[path]["products"]
        assert without["/suggest?q=ste"]["names"]
        assert without["/notifications/pending"]["notifications"]
        assert without["/orders/100"]["payments"]
        assert without["/me"]["customer"]["id"] == without["/me/orders"]["orders"][0]["customer_id"]
        assert len(list(csv.reader(io.StringIO(without["/admin/orders/export?orders=30"])))) == 31

    asyncio.run(story())


def test_filters_give_what_they_say(shop_dsn):
    async def story():
        people = await census.read_population(shop_dsn)
        tag, (name, value) = people.tags[0], people.attributes[0]
        tagged = await query(
            shop_dsn, "SELECT count(*) FROM products WHERE :tag = ANY (tags) AND deleted_at IS NULL", tag=tag
        )
        like = await query(
            shop_dsn,
            "SELECT count(*) FROM products WHERE attributes ->> :name = :value AND deleted_at IS NULL",
            name=name,
            value=value,
        )
        async with opened(shop_dsn, set()) as (client, _):
            by_tag = (await client.get("/products", params={"tag": tag})).json()["products"]
            by_look = (await client.get("/products", params={"attribute": f"{name}:{value}"})).json()["products"]
            cheap = (await client.get("/products", params={"max_cents": 900})).json()["products"]
        assert len(by_tag) == min(24, tagged[0][0]) > 0
        assert len(by_look) == min(24, like[0][0]) > 0
        assert all(product["price_cents"] <= 900 and product["for_sale"] for product in cheap)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/products/999999", 404),
        ("/products/0", 422),
        ("/products?tag=%00", 422),
        ("/products?attribute=color", 422),
        ("/products?max_cents=-1", 422),
        ("/products/999999/reviews", 404),
        ("/products/999999/recommendations", 404),
        ("/orders/99999999999", 422),
        ("/orders/2000000000", 404),
        ("/orders/2000000000/invoice", 404),
        ("/customers/2000000000/orders", 404),
        ("/shipping/quote?customer_id=2000000000", 404),
        ("/shipping/quote", 422),
        ("/categories/nothing/products", 404),
        ("/categories/nothing/feed", 404),
        ("/categories/%00/products", 422),
        ("/categories/kitchen/products?page=0", 422),
        ("/categories/kitchen/products?after=cheap", 422),
        ("/search?q=a", 422),
        ("/suggest?q=%00%00", 422),
        ("/me", 401),
        ("/me/orders", 401),
        ("/notifications/pending?limit=0", 422),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_refused(shop_dsn, path, status):
    async def story():
        async with opened(shop_dsn, set()) as (client, _):
            assert (await client.get(path)).status_code == status

    asyncio.run(story())


def test_a_product_that_is_given_up_is_not_there_any_more(shop_dsn):
    async def story():
        ((deleted,),) = await query(shop_dsn, "SELECT min(id) FROM products WHERE deleted_at IS NOT NULL")
        async with opened(shop_dsn, set()) as (client, _):
            assert (await client.get(f"/products/{deleted}")).status_code == 404
            assert (await client.post("/cart/5/items", json={"product_id": deleted})).status_code == 404

    asyncio.run(story())


def test_wildcards_that_are_typed_are_letters(shop_dsn):
    async def story():
        async with opened(shop_dsn, set()) as (client, _):
            for typed in ("%%", "__", "\\\\"):
                assert (await client.get("/suggest", params={"q": typed})).json()["names"] == []

    asyncio.run(story())


# --- accounts


@BOTH
def test_signing_in_needs_the_address_in_any_case_and_the_right_word(shop_dsn, switched_on):
    async def story():
        (email,) = (await query(shop_dsn, "SELECT email FROM customers WHERE id = 1"))[0]
        async with opened(shop_dsn, switched_on) as (client, _):
            right = {"email": email.upper(), "password": words.SAMPLE_ENTRY_WORD}
            answer = await client.post("/login", json=right)
            assert answer.status_code == 200
            assert answer.json()["customer"]["id"] == 1
            signed_in = {"authorization": f"Bearer {answer.json()['token']}"}
            assert (await client.get("/me", headers=signed_in)).json()["customer"]["id"] == 1
            for _ in range(2):
                assert (await client.post("/logout", headers=signed_in)).status_code == 204
            assert (await client.get("/me", headers=signed_in)).status_code == 401
            assert (await client.post("/login", json=right | {"password": "x"})).status_code == 401
            assert (await client.post("/login", json=right | {"email": "no@example.com"})).status_code == 401

    asyncio.run(story())


def test_a_session_that_has_expired_opens_nothing(shop_dsn):
    async def story():
        await query(
            shop_dsn,
            "INSERT INTO sessions (token_digest, customer_id, device, expires_at) "
            "VALUES (:digest, 1, 'phone', now() - interval '1 second') RETURNING id",
            digest=credentials.token_digest("over"),
        )
        async with opened(shop_dsn, set()) as (client, _):
            assert (await client.get("/me", headers={"authorization": "Bearer over"})).status_code == 401
            assert (await client.get("/me", headers={"authorization": "Basic over"})).status_code == 401

    asyncio.run(story())


def test_who_registers_can_sign_in_and_nobody_else_with_that_address(shop_dsn):
    typed = {"email": "New@example.com", "password": "abc", "name": "New", "street": "S 1", "city": "Graz"}

    async def story():
        async with opened(shop_dsn, set()) as (client, _):
            assert (await client.post("/register", json=typed | {"country": "at"})).status_code == 422
            made = await client.post("/register", json=typed | {"country": "AT"})
            assert made.status_code == 201
            assert (await client.post("/register", json=typed | {"country": "AT"})).status_code == 409
            again = await client.post("/login", json={"email": "new@EXAMPLE.com", "password": "abc"})
            assert again.json()["customer"] == made.json()["customer"]

    asyncio.run(story())


def test_a_review_is_written_by_who_is_signed_in(shop_dsn):
    opinion = {"rating": 5, "title": "Fine", "body": "Every day."}

    async def story():
        signed_in, customer_id = await a_session(shop_dsn)
        (name,) = (await query(shop_dsn, "SELECT name FROM customers WHERE id = :id", id=customer_id))[0]
        async with opened(shop_dsn, set()) as (client, _):
            path = "/products/17/reviews"
            assert (await client.post(path, json=opinion)).status_code == 401
            assert (await client.post(path, json=opinion | {"rating": 6}, headers=signed_in)).status_code == 422
            written = await client.post(path, json=opinion, headers=signed_in)
            assert written.status_code == 201
            assert written.json()["author"] == name.split()[0]
            assert (await client.get(path)).json()["reviews"][0] == written.json()

    asyncio.run(story())


# --- cart, orders, payments, messages


@BOTH
def test_what_is_put_into_the_cart_is_bought_once(shop_dsn, switched_on):
    async def story():
        await query(
            shop_dsn, "DELETE FROM cart_items WHERE cart_id = (SELECT id FROM carts WHERE customer_id = 5) RETURNING 1"
        )
        async with opened(shop_dsn, switched_on) as (client, _):
            assert (await client.get("/cart/5")).json() == {"items": [], "total_cents": 0}
            for choice in ({"product_id": 9, "quantity": 2}, {"product_id": 9}, {"product_id": 17}):
                cart = await client.post("/cart/5/items", json=choice)
                assert cart.status_code == 201
            assert [item["quantity"] for item in cart.json()["items"]] == [3, 1]
            assert (await client.delete("/cart/5/items/17")).status_code == 200
            cart = await client.patch("/cart/5/items/9", json={"quantity": 4})
            assert cart.json() == (await client.get("/cart/5")).json()
            assert (await client.patch("/cart/5/items/17", json={"quantity": 4})).status_code == 404
            rates = (await client.get("/shipping/quote?customer_id=5")).json()["rates"]
            assert rates[0]["price_cents"] in {490 + 4 * 60, 890 + 4 * 60}
            bought = await client.post("/checkout", json={"customer_id": 5})
            assert bought.status_code == 201
            assert bought.json()["total_cents"] == cart.json()["total_cents"]
            order = (await client.get(f"/orders/{bought.json()['order_id']}")).json()
            assert [(item["product"]["id"], item["quantity"]) for item in order["items"]] == [(9, 4)]
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


@BOTH
def test_an_order_is_paid_once(shop_dsn, switched_on):
    async def story():
        waiting = (await census.read_population(shop_dsn)).unpaid_orders[:3]
        async with opened(shop_dsn, switched_on) as (client, _):
            said = [await client.post(f"/orders/{order}/pay", json={}) for order in waiting]
            assert {answer.status_code for answer in said} == {200}
            captured = [a.json()["order_id"] for a in said if a.json()["payment"]["status"] == "captured"]
            assert (await client.post(f"/orders/{captured[0]}/pay", json={})).status_code == 409
            assert (await client.get(f"/orders/{captured[0]}")).json()["status"] == "paid"
            assert (await client.get(f"/orders/{captured[0]}")).json()["payments"][-1]["status"] == "captured"
            assert (await client.post("/orders/2000000000/pay", json={})).status_code == 404

    asyncio.run(story())


def test_only_signed_messages_of_the_payment_provider_are_taken_and_each_once(shop_dsn):
    async def told(client, content, signature=None):
        body = json.dumps(content).encode()
        signed = partners.sign(body) if signature is None else signature
        return await client.post("/payments/webhook", content=body, headers={"x-signature": signed})

    async def story():
        async with opened(shop_dsn, set()) as (client, _):
            message = {"order_id": 100, "reference": "told-once", "status": "refunded"}
            before = len((await client.get("/orders/100")).json()["payments"])
            assert (await told(client, message, "forged")).status_code == 401
            assert (await told(client, message)).json() == {"order_id": 100, "known": False}
            assert (await told(client, message)).json() == {"order_id": 100, "known": True}
            assert len((await client.get("/orders/100")).json()["payments"]) == before + 1
            assert (await told(client, {"order_id": 100})).status_code == 422
            assert (await told(client, message | {"order_id": 2_000_000_000})).status_code == 404

    asyncio.run(story())


def test_a_message_that_was_sent_waits_no_longer(shop_dsn):
    async def story():
        async with opened(shop_dsn, set()) as (client, _):
            first, second = (await client.get("/notifications/pending?limit=2")).json()["notifications"]
            for attempts in (1, 2):
                sent = await client.post(f"/notifications/{first['id']}/sent")
                assert sent.json()["attempts"] >= attempts
            assert (await client.get("/notifications/pending")).json()["notifications"][0] == second
            assert (await client.post("/notifications/2000000000/sent")).status_code == 404

    asyncio.run(story())


# --- mistakes in code


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


# --- visitors


@BOTH
def test_the_visitors_find_a_shop_that_never_breaks(shop_dsn, switched_on):
    async def story():
        people = await census.read_population(shop_dsn)
        async with opened(shop_dsn, switched_on) as (client, _):
            seen = [
                (
                    await client.request(asked.method, asked.path, content=asked.body, headers=dict(asked.headers))
                ).status_code
                for asked in islice(mix.requests(3, people), 200)
            ]
        assert set(seen) <= {200, 201, 202, 204, 401, 404, 409, 422}
        assert sum(status < 300 for status in seen) / len(seen) > 0.95

    asyncio.run(story())
