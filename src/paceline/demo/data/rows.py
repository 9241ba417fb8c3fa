"""The statements that make the shop's rows, table by table, out of nothing but row numbers.

Every value is a hash of (row, stream) with the seed folded in (`skew.sql_functions`); `generate_series` runs in one
process, so the rows are the same on every machine. What belongs together is correlated as in life: the price with
the category, the status with the age, the words of a review with its stars, hot products with hot customers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paceline.demo.data import skew, words

if TYPE_CHECKING:
    from paceline.demo.data.sizes import ShopSizes

LAST_DAY = "timestamptz '2026-01-01 00:00:00+00'"
"""Where the history of the shop ends; fixed, because rows must not depend on the day they are made."""


@dataclass(frozen=True, slots=True)
class Step:
    """One INSERT: the table it fills, its SQL, and its parameters by name."""

    table: str
    sql: str
    parameters: dict[str, object]


def steps(sizes: ShopSizes) -> tuple[Step, ...]:
    """Return the statements in the order in which they must run."""
    return (
        _categories(),
        _products(sizes),
        Step("stock", _STOCK, {}),
        _customers(sizes),
        Step(
            "order_items",
            _ORDER_ITEMS.format(flat=skew.PRODUCT_FLATNESS),
            {"orders": sizes.orders, "products": sizes.products},
        ),
        Step(
            "orders",
            _ORDERS.format(flat=skew.CUSTOMER_FLATNESS, last_day=LAST_DAY),
            {"orders": sizes.orders, "customers": sizes.customers},
        ),
        _reviews(sizes),
        Step(
            "cart_items",
            _CART_ITEMS.format(flat=skew.PRODUCT_FLATNESS, flat_customer=skew.CUSTOMER_FLATNESS, last_day=LAST_DAY),
            {"carts": sizes.carts, "products": sizes.products, "customers": sizes.customers},
        ),
    )


def password_digest(email: str, password: str) -> str:
    """Return what is stored of a password.

    A real shop takes a slow hash with a salt of its own; here it would only hide what the database costs.
    """
    return hashlib.sha256(f"{email.lower()}:{password}".encode()).hexdigest()


def _categories() -> Step:
    shelves = words.SHELVES
    return Step(
        "categories",
        """
        INSERT INTO categories (slug, name, description)
        SELECT slug, name, 'Everything for ' || lower(name) || ', chosen with care.'
        FROM unnest(CAST(:slugs AS text[]), CAST(:names AS text[])) WITH ORDINALITY AS s (slug, name, position)
        ORDER BY position
        """,
        {"slugs": [shelf.slug for shelf in shelves], "names": [shelf.name for shelf in shelves]},
    )


def _products(sizes: ShopSizes) -> Step:
    # One entry per share, so that a uniform pick gives each category its part of the range.
    drawn = [number for number, shelf in enumerate(words.SHELVES, 1) for _ in range(shelf.share)]
    return Step(
        "products",
        _PRODUCTS.format(last_day=LAST_DAY),
        {
            "products": sizes.products,
            "drawn": drawn,
            "prices": [shelf.price_cents for shelf in words.SHELVES],
            "things": ["|".join(shelf.things) for shelf in words.SHELVES],
            "adjectives": list(words.ADJECTIVES),
            "materials": list(words.MATERIALS),
            "pitches": list(words.PITCHES),
            "care": list(words.CARE),
        },
    )


def _customers(sizes: ShopSizes) -> Step:
    return Step(
        "customers",
        _CUSTOMERS.format(last_day=LAST_DAY),
        {
            "customers": sizes.customers,
            "first_names": list(words.FIRST_NAMES),
            "last_names": list(words.LAST_NAMES),
            "streets": list(words.STREETS),
            "cities": list(words.CITIES),
            "countries": list(words.COUNTRIES),
            "entry_word": words.SAMPLE_ENTRY_WORD,
        },
    )


def _reviews(sizes: ShopSizes) -> Step:
    return Step(
        "reviews",
        _REVIEWS.format(flat=skew.PRODUCT_FLATNESS, flat_customer=skew.CUSTOMER_FLATNESS, last_day=LAST_DAY),
        {
            "reviews": sizes.reviews,
            "products": sizes.products,
            "customers": sizes.customers,
            "praise": list(words.PRAISE),
            "doubt": list(words.DOUBT),
            "complaint": list(words.COMPLAINT),
            "details": list(words.DETAILS),
        },
    )


# Prices spread by a factor of e**0.9 to either side of the category's, and end in 9 or 49 or 99 like real ones.
_PRODUCTS = """
INSERT INTO products (sku, category_id, name, description, price_cents, active, created_at)
SELECT 'P-' || lpad(n::text, 7, '0'), category_id,
       pg_temp.pick(CAST(:adjectives AS text[]), pg_temp.u(n, 2)) || ' '
       || pg_temp.pick(CAST(:materials AS text[]), pg_temp.u(n, 3)) || ' '
       || pg_temp.pick(string_to_array((CAST(:things AS text[]))[category_id], '|'), pg_temp.u(n, 4)),
       pg_temp.pick(CAST(:pitches AS text[]), pg_temp.u(n, 5)) || ' '
       || pg_temp.pick(CAST(:care AS text[]), pg_temp.u(n, 6)),
       greatest(99, 50 * round((CAST(:prices AS integer[]))[category_id]
           * exp(0.9 * (pg_temp.u(n, 7) + pg_temp.u(n, 8) - 1)) / 50)::integer - 1),
       pg_temp.u(n, 9) > 0.04,
       {last_day} - interval '4 years' + interval '1 second' * trunc(n * 126144000.0 / :products)
FROM (
    SELECT n, (CAST(:drawn AS integer[]))[1 + trunc(pg_temp.u(n, 1) * cardinality(CAST(:drawn AS integer[])))::integer]
        AS category_id
    FROM generate_series(1, :products) AS n
) AS drawn
"""

_STOCK = """
INSERT INTO stock (product_id, quantity)
SELECT id, CASE WHEN active THEN trunc(400 * power(pg_temp.u(id, 10), 3))::integer ELSE 0 END
FROM products
"""

# A third typed capitals into the address, which is why signing in compares lower(email).
_CUSTOMERS = """
INSERT INTO customers (email, name, street, city, country, password_digest, created_at)
SELECT email, first || ' ' || last,
       pg_temp.pick(CAST(:streets AS text[]), pg_temp.u(n, 13)) || ' ' || 1 + trunc(pg_temp.u(n, 14) * 120)::integer,
       (CAST(:cities AS text[]))[place], (CAST(:countries AS text[]))[place],
       encode(sha256(convert_to(lower(email) || ':' || CAST(:entry_word AS text), 'UTF8')), 'hex'),
       {last_day} - interval '4 years' + interval '1 second' * trunc(n * 126144000.0 / :customers)
FROM (
    SELECT n, first, last, 1 + trunc(pg_temp.u(n, 15) * cardinality(CAST(:cities AS text[])))::integer AS place,
           CASE WHEN pg_temp.u(n, 16) < 0.33 THEN first || '.' || last ELSE lower(first || '.' || last) END
           || n || '@example.com' AS email
    FROM (
        SELECT n, pg_temp.pick(CAST(:first_names AS text[]), pg_temp.u(n, 11)) AS first,
               pg_temp.pick(CAST(:last_names AS text[]), pg_temp.u(n, 12)) AS last
        FROM generate_series(1, :customers) AS n
    ) AS named
) AS addressed
ORDER BY n
"""

# One to five lines, few more often than many; the price of that day is up to a tenth below today's.
_ORDER_ITEMS = """
INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_cents)
SELECT order_id, line, product_id, 1 + trunc(3 * power(pg_temp.u(order_id * 8 + line, 22), 4))::integer,
       price_cents - trunc(price_cents * 0.1 * (1 - order_id::float8 / :orders))::integer
FROM (
    SELECT order_id, line,
           pg_temp.ranked_id(pg_temp.u(order_id * 8 + line, 21), :products, {flat}) AS product_id
    FROM generate_series(1, :orders) AS order_id,
         LATERAL generate_series(1, 1 + trunc(5 * power(pg_temp.u(order_id, 20), 6))::integer) AS line
) AS drawn
JOIN products ON products.id = drawn.product_id
ORDER BY order_id, line
"""

# Sales grow over three years; the last days hold what is still open.
_ORDERS = """
INSERT INTO orders (customer_id, status, total_cents, ship_to, created_at, updated_at)
SELECT customer_id,
       CASE WHEN dice < 0.05 THEN 'cancelled'
            WHEN age < interval '2 days' THEN CASE WHEN dice < 0.5 THEN 'pending' ELSE 'paid' END
            WHEN age < interval '14 days' THEN CASE WHEN dice < 0.3 THEN 'paid' ELSE 'shipped' END
            WHEN dice < 0.09 THEN 'returned'
            ELSE 'delivered' END,
       total_cents, street || ', ' || city || ', ' || country,
       {last_day} - age, {last_day} - age * 0.9
FROM (
    SELECT n, pg_temp.ranked_id(pg_temp.u(n, 30), :customers, {flat}) AS customer_id, pg_temp.u(n, 31) AS dice,
           interval '1 second' * trunc(94608000 * (1 - power(n::float8 / (:orders + 1), 0.7))) AS age
    FROM generate_series(1, :orders) AS n
) AS drawn
JOIN customers ON customers.id = drawn.customer_id
JOIN (
    SELECT order_id, sum(quantity * unit_price_cents)::integer AS total_cents FROM order_items GROUP BY order_id
) AS sums ON sums.order_id = drawn.n
ORDER BY n
"""

# A product has its own quality, about which its stars lie.
_REVIEWS = """
INSERT INTO reviews (product_id, customer_id, rating, title, body, created_at)
SELECT product_id, customer_id, rating,
       CASE rating WHEN 5 THEN 'Excellent' WHEN 4 THEN 'Very good' WHEN 3 THEN 'All right'
                   WHEN 2 THEN 'Disappointing' ELSE 'Never again' END,
       CASE WHEN rating >= 4 THEN pg_temp.pick(CAST(:praise AS text[]), pg_temp.u(n, 44))
            WHEN rating = 3 THEN pg_temp.pick(CAST(:doubt AS text[]), pg_temp.u(n, 44))
            ELSE pg_temp.pick(CAST(:complaint AS text[]), pg_temp.u(n, 44)) END
       || ' ' || pg_temp.pick(CAST(:details AS text[]), pg_temp.u(n, 45)),
       {last_day} - interval '3 years' + interval '1 second' * trunc(n * 94608000.0 / (:reviews + 1))
FROM (
    SELECT n, product_id, pg_temp.ranked_id(pg_temp.u(n, 41), :customers, {flat_customer}) AS customer_id,
           least(5, greatest(1, round(2.2 + 2.6 * pg_temp.u(product_id, 42) + 3.5 * (pg_temp.u(n, 43) - 0.4))))::integer
           AS rating
    FROM (
        SELECT n, pg_temp.ranked_id(pg_temp.u(n, 40), :products, {flat}) AS product_id
        FROM generate_series(1, :reviews) AS n
    ) AS chosen
) AS rated
ORDER BY n
"""

_CART_ITEMS = """
INSERT INTO cart_items (customer_id, product_id, quantity, added_at)
SELECT customer_id, product_id, min(quantity), {last_day} - interval '1 minute' * min(n)
FROM (
    SELECT n, pg_temp.ranked_id(pg_temp.u(n, 50), :customers, {flat_customer}) AS customer_id,
           pg_temp.ranked_id(pg_temp.u(n * 8 + line, 51), :products, {flat}) AS product_id,
           1 + trunc(2 * pg_temp.u(n * 8 + line, 52))::integer AS quantity
    FROM generate_series(1, :carts) AS n,
         LATERAL generate_series(1, 1 + trunc(4 * pg_temp.u(n, 53))::integer) AS line
) AS drawn
GROUP BY customer_id, product_id
ORDER BY customer_id, product_id
"""
