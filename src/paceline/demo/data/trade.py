"""What was bought and how it was paid: order lines, orders, payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paceline.demo.data.step import Step, step_of

if TYPE_CHECKING:
    from paceline.demo.data.sizes import ShopSizes


def order_items(sizes: ShopSizes) -> Step:
    """Return the step that makes the lines, of which the orders are the sums."""
    return step_of("order_items", _ORDER_ITEMS, orders=sizes.orders, products=sizes.products)


def orders(sizes: ShopSizes) -> Step:
    """Return the step that makes the orders."""
    return step_of("orders", _ORDERS, orders=sizes.orders, customers=sizes.customers)


def payments() -> Step:
    """Return the step that pays the orders, at the first attempt or after a failed one."""
    return step_of("payments", _PAYMENTS)


# One to five lines, few more often than many; the price of that day is up to a tenth below today's.
_ORDER_ITEMS = """
INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_cents)
SELECT order_id, line, product_id, 1 + trunc(3 * power(pg_temp.u(order_id * 8 + line, 42), 4))::integer,
       price_cents - trunc(price_cents * 0.1 * (1 - order_id::float8 / :orders))::integer
FROM (
    SELECT order_id, line,
           pg_temp.ranked_id(pg_temp.u(order_id * 8 + line, 41), :products, {flat_product}) AS product_id
    FROM generate_series(1, :orders) AS order_id,
         LATERAL generate_series(1, 1 + trunc(5 * power(pg_temp.u(order_id, 40), 5))::integer) AS line
) AS drawn
JOIN products ON products.id = drawn.product_id
ORDER BY order_id, line
"""

# Sales grow over three years; the last days hold what is still open.
_ORDERS = """
INSERT INTO orders (id, customer_id, status, total_cents, ship_to, created_at, updated_at)
SELECT n, customer_id,
       CASE WHEN dice < 0.05 THEN 'cancelled'
            WHEN age < interval '2 days' THEN CASE WHEN dice < 0.5 THEN 'pending' ELSE 'paid' END
            WHEN age < interval '14 days' THEN CASE WHEN dice < 0.3 THEN 'paid' ELSE 'shipped' END
            WHEN dice < 0.09 THEN 'returned'
            ELSE 'delivered' END,
       total_cents, street || ', ' || city || ', ' || country,
       {last_day} - age, {last_day} - age * 0.9
FROM (
    SELECT n, pg_temp.ranked_id(pg_temp.u(n, 43), :customers, {flat_customer}) AS customer_id,
           pg_temp.u(n, 44) AS dice,
           interval '1 second' * trunc(94608000 * (1 - power(n::float8 / (:orders + 1), 0.7))) AS age
    FROM generate_series(1, :orders) AS n
) AS drawn
JOIN customers ON customers.id = drawn.customer_id
JOIN (
    SELECT order_id, sum(quantity * unit_price_cents)::integer AS total_cents FROM order_items GROUP BY order_id
) AS sums ON sums.order_id = drawn.n
ORDER BY n
"""

# A customer keeps to one way of paying. One order in ten was paid at the second attempt, the cancelled ones
# never, and the pending ones not yet.
_PAYMENTS = """
INSERT INTO payments (id, order_id, method, status, amount_cents, provider_reference, created_at)
SELECT row_number() OVER (), order_id,
       CASE WHEN taste < 0.55 THEN 'card' WHEN taste < 0.8 THEN 'paypal' WHEN taste < 0.93 THEN 'invoice'
            ELSE 'transfer' END,
       CASE WHEN attempt < attempts OR order_status IN ('cancelled', 'pending') THEN 'failed'
            WHEN order_status = 'returned' THEN 'refunded'
            ELSE 'captured' END,
       total_cents,
       'pay_' || to_hex(trunc(pg_temp.u(order_id * 2 + attempt, 47) * 281474976710656)::bigint),
       created_at + interval '1 minute' * attempt
FROM (
    SELECT id AS order_id, status AS order_status, total_cents, created_at,
           (pg_temp.u(id, 45) < 0.1)::integer + (status <> 'pending')::integer AS attempts,
           pg_temp.u(customer_id, 46) AS taste
    FROM orders
    ORDER BY id
) AS due,
LATERAL generate_series(1, attempts) AS attempt
ORDER BY order_id, attempt
"""
