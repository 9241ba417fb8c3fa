"""What is for sale and what is thought of it: categories, products, stock, reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paceline.demo.data import words
from paceline.demo.data.step import Step, step_of

if TYPE_CHECKING:
    from paceline.demo.data.sizes import ShopSizes


def categories() -> Step:
    """Return the step that makes the categories."""
    shelves = words.SHELVES
    return step_of(
        "categories", _CATEGORIES, slugs=[shelf.slug for shelf in shelves], names=[shelf.name for shelf in shelves]
    )


def products(sizes: ShopSizes) -> Step:
    """Return the step that makes the products."""
    # One entry per share, so that a uniform pick gives each category its part of the range.
    drawn = [number for number, shelf in enumerate(words.SHELVES, 1) for _ in range(shelf.share)]
    return step_of(
        "products",
        _PRODUCTS,
        products=sizes.products,
        drawn=drawn,
        prices=[shelf.price_cents for shelf in words.SHELVES],
        things=["|".join(shelf.things) for shelf in words.SHELVES],
        adjectives=list(words.ADJECTIVES),
        materials=list(words.MATERIALS),
        pitches=list(words.PITCHES),
        care=list(words.CARE),
        last_names=list(words.LAST_NAMES),
        makes=list(words.MAKES),
        colors=list(words.COLORS),
        widths=list(words.SIZES),
        finishes=list(words.FINISHES),
        themes=list(words.THEMES),
        occasions=list(words.OCCASIONS),
        trends=list(words.TRENDS),
    )


def stock() -> Step:
    """Return the step that fills the warehouse."""
    return step_of("stock", _STOCK)


def reviews(sizes: ShopSizes) -> Step:
    """Return the step that makes the reviews."""
    return step_of(
        "reviews",
        _REVIEWS,
        reviews=sizes.reviews,
        products=sizes.products,
        customers=sizes.customers,
        praise=list(words.PRAISE),
        doubt=list(words.DOUBT),
        complaint=list(words.COMPLAINT),
        details=list(words.DETAILS),
    )


_CATEGORIES = """
INSERT INTO categories (id, slug, name, description)
SELECT position, slug, name, 'Everything for ' || lower(name) || ', chosen with care.'
FROM unnest(CAST(:slugs AS text[]), CAST(:names AS text[])) WITH ORDINALITY AS s (slug, name, position)
ORDER BY position
"""

# Prices spread by a factor of e**0.9 to either side of the category's, and end in 49 or 99 like real ones. A maker
# makes for two or three categories. What nobody buys is given up sooner: a fifth of all, hardly any of the hot ones.
_PRODUCTS = """
INSERT INTO products (id, sku, category_id, name, description, price_cents, attributes, tags, created_at, deleted_at)
SELECT n, 'P-' || lpad(n::text, 7, '0'), category_id,
       pg_temp.pick(CAST(:adjectives AS text[]), pg_temp.u(n, 2)) || ' ' || material || ' '
       || pg_temp.pick(string_to_array((CAST(:things AS text[]))[category_id], '|'), pg_temp.u(n, 3)),
       pg_temp.pick(CAST(:pitches AS text[]), pg_temp.u(n, 4)) || ' '
       || pg_temp.pick(CAST(:care AS text[]), pg_temp.u(n, 5)),
       greatest(99, 50 * round((CAST(:prices AS integer[]))[category_id]
           * exp(0.9 * (pg_temp.u(n, 6) + pg_temp.u(n, 7) - 1)) / 50)::integer - 1),
       jsonb_build_object(
           'maker', (CAST(:last_names AS text[]))[1 + maker % cardinality(CAST(:last_names AS text[]))] || ' '
               || (CAST(:makes AS text[]))[1 + maker / cardinality(CAST(:last_names AS text[]))
                   % cardinality(CAST(:makes AS text[]))],
           'color', pg_temp.pick(CAST(:colors AS text[]), power(pg_temp.u(n, 9), 1.6)),
           'material', lower(material),
           'size', pg_temp.pick(CAST(:widths AS text[]), power(pg_temp.u(n, 10), 1.6)),
           'finish', pg_temp.pick(CAST(:finishes AS text[]), power(pg_temp.u(n, 11), 1.6))),
       array_remove(ARRAY[
           pg_temp.pick(CAST(:themes AS text[]), power(pg_temp.u(n, 12), 2)),
           CASE WHEN pg_temp.u(n, 13) < 0.4
               THEN pg_temp.pick(CAST(:occasions AS text[]), power(pg_temp.u(n, 14), 3)) END,
           CASE WHEN pg_temp.u(n, 15) < 0.3
               THEN pg_temp.pick(CAST(:trends AS text[]), power(pg_temp.u(n, 16), 3)) END], NULL),
       {last_day} - age,
       CASE WHEN pg_temp.u(n, 17) < 0.6 * coldness * coldness THEN {last_day} - age * pg_temp.u(n, 18) END
FROM (
    SELECT n, category_id, coldness, material, interval '1 second' * trunc((:products - n) * 126144000.0 / :products)
           AS age,
           category_id * 23 + trunc(40 * power(pg_temp.u(n, 8), 2))::integer AS maker
    FROM (
        SELECT 1 + position * {spread} % :products AS n, position::float8 / :products AS coldness
        FROM generate_series(CAST(0 AS bigint), :products - 1) AS position
    ) AS ranked,
    LATERAL (
        SELECT (CAST(:drawn AS integer[]))[1 + trunc(pg_temp.u(n, 0) * cardinality(CAST(:drawn AS integer[])))::integer]
               AS category_id,
               pg_temp.pick(CAST(:materials AS text[]), pg_temp.u(n, 1)) AS material
    ) AS drawn
) AS made
ORDER BY n
"""

_STOCK = """
INSERT INTO stock (product_id, quantity)
SELECT id, CASE WHEN deleted_at IS NULL THEN trunc(400 * power(pg_temp.u(id, 19), 3))::integer ELSE 0 END
FROM products
ORDER BY id
"""

# A product has its own quality, about which its stars lie.
_REVIEWS = """
INSERT INTO reviews (id, product_id, customer_id, rating, title, body, created_at)
SELECT n, product_id, customer_id, rating,
       CASE rating WHEN 5 THEN 'Excellent' WHEN 4 THEN 'Very good' WHEN 3 THEN 'All right'
                   WHEN 2 THEN 'Disappointing' ELSE 'Never again' END,
       CASE WHEN rating >= 4 THEN pg_temp.pick(CAST(:praise AS text[]), pg_temp.u(n, 24))
            WHEN rating = 3 THEN pg_temp.pick(CAST(:doubt AS text[]), pg_temp.u(n, 24))
            ELSE pg_temp.pick(CAST(:complaint AS text[]), pg_temp.u(n, 24)) END
       || ' ' || pg_temp.pick(CAST(:details AS text[]), pg_temp.u(n, 25)),
       {last_day} - interval '3 years' + interval '1 second' * trunc(n * 94608000.0 / (:reviews + 1))
FROM (
    SELECT n, product_id, pg_temp.ranked_id(pg_temp.u(n, 21), :customers, {flat_customer}) AS customer_id,
           least(5, greatest(1, round(2.2 + 2.6 * pg_temp.u(product_id, 22) + 3.5 * (pg_temp.u(n, 23) - 0.4))))::integer
           AS rating
    FROM (
        SELECT n, pg_temp.ranked_id(pg_temp.u(n, 20), :products, {flat_product}) AS product_id
        FROM generate_series(1, :reviews) AS n
    ) AS chosen
) AS rated
"""
