"""The sample shop on a real PostgreSQL: its endpoints with all mistakes in and out, and its visitors."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from itertools import islice

import pytest
from tests.apps.fix_shop import a_session, opened, query

from paceline.demo import census, engines, mistakes, partners, switching
from paceline.demo.data import credentials, words
from paceline.demo.traffic import mix

BOTH = pytest.mark.parametrize("switched_on", [mistakes.ALL, frozenset()], ids=["all", "none"])


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
