"""Who buys: customers, the browsers they have signed in with, and what lies in their carts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paceline.demo.data import credentials, words
from paceline.demo.data.step import Step, step_of

if TYPE_CHECKING:
    from paceline.demo.data.sizes import ShopSizes


def customers(sizes: ShopSizes) -> Step:
    """Return the step that makes the customers."""
    return step_of(
        "customers",
        _CUSTOMERS,
        customers=sizes.customers,
        first_names=list(words.FIRST_NAMES),
        last_names=list(words.LAST_NAMES),
        streets=list(words.STREETS),
        cities=list(words.CITIES),
        countries=list(words.COUNTRIES),
        entry_word=words.SAMPLE_ENTRY_WORD,
    )


def sessions(sizes: ShopSizes) -> Step:
    """Return the step that signs customers in."""
    return step_of(
        "sessions",
        _SESSIONS,
        sessions=sizes.sessions,
        customers=sizes.customers,
        devices=list(words.DEVICES),
        prefix=credentials.SESSION_PREFIX,
    )


def carts(sizes: ShopSizes) -> Step:
    """Return the step that gives the most frequent customers a cart each."""
    return step_of("carts", _CARTS, carts=sizes.carts, customers=sizes.customers)


def cart_items(sizes: ShopSizes) -> Step:
    """Return the step that fills the carts."""
    return step_of("cart_items", _CART_ITEMS, carts=sizes.carts, products=sizes.products)


# A third typed capitals into the address, which is why signing in compares lower(email).
_CUSTOMERS = """
INSERT INTO customers (id, email, name, street, city, country, password_digest, created_at)
SELECT n, email, first || ' ' || last,
       pg_temp.pick(CAST(:streets AS text[]), pg_temp.u(n, 28)) || ' ' || 1 + trunc(pg_temp.u(n, 29) * 120)::integer,
       (CAST(:cities AS text[]))[place], (CAST(:countries AS text[]))[place],
       encode(sha256(convert_to(lower(email) || ':' || CAST(:entry_word AS text), 'UTF8')), 'hex'),
       {last_day} - interval '4 years' + interval '1 second' * trunc(n * 126144000.0 / :customers)
FROM (
    SELECT n, first, last, 1 + trunc(pg_temp.u(n, 30) * cardinality(CAST(:cities AS text[])))::integer AS place,
           CASE WHEN pg_temp.u(n, 31) < 0.33 THEN first || '.' || last ELSE lower(first || '.' || last) END
           || n || '@example.com' AS email
    FROM (
        SELECT n, pg_temp.pick(CAST(:first_names AS text[]), pg_temp.u(n, 26)) AS first,
               pg_temp.pick(CAST(:last_names AS text[]), pg_temp.u(n, 27)) AS last
        FROM generate_series(1, :customers) AS n
    ) AS named
) AS addressed
"""

# Who was there in the last month stays signed in for ever, because the history ends long before the demo is run.
_SESSIONS = """
INSERT INTO sessions (id, token_digest, customer_id, device, created_at, last_seen_at, expires_at)
SELECT n, encode(sha256(convert_to(CAST(:prefix AS text) || n, 'UTF8')), 'hex'), customer_id,
       pg_temp.pick(CAST(:devices AS text[]), pg_temp.u(customer_id, 33)),
       {last_day} - age, {last_day} - rest,
       CASE WHEN rest < interval '30 days' THEN timestamptz '2099-01-01 00:00:00+00'
            ELSE {last_day} - rest + interval '30 days' END
FROM (
    SELECT n, customer_id, age, age * power(pg_temp.u(n, 34), 0.5) AS rest
    FROM (
        SELECT n, pg_temp.ranked_id(pg_temp.u(n, 32), :customers, {flat_customer}) AS customer_id,
               interval '1 second' * trunc(15552000 * (1 - power(n::float8 / (:sessions + 1), 0.7))) AS age
        FROM generate_series(1, :sessions) AS n
    ) AS drawn
) AS seen
"""

_CARTS = """
INSERT INTO carts (id, customer_id, created_at, updated_at)
SELECT n, 1 + (n - 1) * {spread} % :customers, {last_day} - age, {last_day} - age * pg_temp.u(n, 36)
FROM (
    SELECT n, interval '1 second' * trunc(7776000 * power(pg_temp.u(n, 35), 2)) AS age
    FROM generate_series(CAST(1 AS bigint), :carts) AS n
) AS drawn
"""

_CART_ITEMS = """
INSERT INTO cart_items (cart_id, product_id, quantity, added_at)
SELECT cart_id, product_id, quantity, carts.updated_at - interval '1 minute' * line
FROM (
    SELECT cart_id, product_id, min(line) AS line, sum(quantity) AS quantity
    FROM (
        SELECT cart_id, line, pg_temp.ranked_id(pg_temp.u(cart_id * 8 + line, 38), :products, {flat_product})
               AS product_id,
               1 + trunc(2 * pg_temp.u(cart_id * 8 + line, 39))::integer AS quantity
        FROM generate_series(1, :carts) AS cart_id,
             LATERAL generate_series(1, 1 + trunc(4 * pg_temp.u(cart_id, 37))::integer) AS line
    ) AS drawn
    GROUP BY cart_id, product_id
) AS put
JOIN carts ON carts.id = put.cart_id
ORDER BY cart_id, product_id
"""
