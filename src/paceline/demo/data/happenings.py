"""What goes on around the trade: the log of events, and the queue of notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paceline.demo.data.step import Step, step_of

if TYPE_CHECKING:
    from paceline.demo.data.sizes import ShopSizes


def events(sizes: ShopSizes) -> Step:
    """Return the step that writes the log of ninety days."""
    return step_of(
        "events",
        _EVENTS,
        events=sizes.events,
        products=sizes.products,
        customers=sizes.customers,
    )


def notifications(sizes: ShopSizes) -> Step:
    """Return the step that fills the queue: nearly all were sent, some of the newest wait."""
    return step_of("notifications", _NOTIFICATIONS, notifications=sizes.notifications, orders=sizes.orders)


# Row after row is later, more of them every week, and four times as many in the evening as in the early morning. Two
# fifths are guests.
_EVENTS = """
INSERT INTO events (id, customer_id, product_id, kind, payload, created_at)
SELECT n, CASE WHEN pg_temp.u(n, 49) >= 0.4 THEN pg_temp.ranked_id(pg_temp.u(n, 50), :customers, {flat_customer}) END,
       CASE WHEN dice < 0.82 THEN pg_temp.ranked_id(pg_temp.u(n, 51), :products, {flat_product}) END,
       CASE WHEN dice < 0.7 THEN 'view' WHEN dice < 0.82 THEN 'cart' WHEN dice < 0.94 THEN 'search'
            WHEN dice < 0.97 THEN 'checkout' ELSE 'login' END,
       jsonb_build_object('steps', 1 + (seen_ms * 0.0007)::integer, 'seen_ms', seen_ms),
       {last_day} - interval '1 second' * trunc(
           least(7775999, greatest(0, age_s - 8250 * sin(age_s * 0.0000727220521664304 - 1))))
FROM (
    SELECT n, pg_temp.u(n, 48) AS dice, 200 + trunc(90000 * power(pg_temp.u(n, 52), 5))::integer AS seen_ms,
           7776000 * (1 - power(n::float8 / (:events + 1), 0.8)) AS age_s
    FROM generate_series(CAST(1 AS bigint), :events) AS n
) AS drawn
"""

# Each tells of one of the last orders. A few of old could never be delivered and are tried again and again.
_NOTIFICATIONS = """
INSERT INTO notifications (id, customer_id, kind, payload, attempts, created_at, sent_at)
SELECT n, customer_id, kind, jsonb_build_object('order_id', order_id),
       CASE WHEN failing THEN 5 WHEN waiting THEN 0 ELSE 1 END, created_at,
       CASE WHEN NOT (waiting OR failing) THEN created_at + interval '1 second' * (1 + trunc(60 * pg_temp.u(n, 55))) END
FROM (
    SELECT n, orders.id AS order_id, customer_id, orders.created_at + interval '10 seconds' AS created_at,
           CASE WHEN pg_temp.u(n, 53) < 0.5 THEN 'confirmation' WHEN pg_temp.u(n, 53) < 0.8 THEN 'shipped'
                WHEN pg_temp.u(n, 53) < 0.95 THEN 'review' ELSE 'newsletter' END AS kind,
           :notifications - n < greatest(40, :notifications / 1000) AND pg_temp.u(n, 54) < 0.8 AS waiting,
           pg_temp.u(n, 54) < 0.0001 AS failing
    FROM generate_series(1, :notifications) AS n
    JOIN orders ON orders.id = greatest(1, :orders - :notifications + n)
) AS told
ORDER BY n
"""
