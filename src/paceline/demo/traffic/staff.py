"""What the shop's staff and other machines ask for: reports, lists, the queue of messages, feeds, the health probe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from paceline.demo import partners
from paceline.demo.traffic.asking import ShopRequest, ask
from paceline.demo.traffic.visitors import Visitors

Steps = Iterator[ShopRequest]

_FORGED_RATIO = 0.04  # of webhooks: somebody tries what happens without the provider's signature


def answers_a_customer(visitors: Visitors) -> Steps:
    """Look up what a caller has bought: the support's day."""
    yield ask("GET /customers/{customer_id}/orders", customer_id=visitors.customer())
    if visitors.happens(0.6):
        yield ask("GET /orders/{order_id}", order_id=visitors.order())
    if visitors.happens(0.4):
        yield ask("GET /orders/{order_id}/invoice", order_id=visitors.order())


def watches_orders(_visitors: Visitors) -> Steps:
    """Keep the list of recent orders open, which asks again and again."""
    yield ask("GET /orders/recent")


def reads_reports(visitors: Visitors) -> Steps:
    """Look at one of the reports."""
    report = visitors.dice.choice(("report", "sales", "customers/top", "stock/low"))
    yield ask(f"GET /admin/{report}")


def looks_through_products(visitors: Visitors) -> Steps:
    """Go through the list of products, where one usually wants the newest."""
    newest = visitors.knows.products - visitors.knows.products // (4 + visitors.dice.randrange(4))
    yield ask("GET /admin/products", query={"after": newest})


def exports_orders(_visitors: Visitors) -> Steps:
    """Fetch the last orders for the accounts."""
    yield ask("GET /admin/orders/export")


def sends_notifications(visitors: Visitors) -> Steps:
    """Fetch what waits in the queue, send it, and say so."""
    yield ask("GET /notifications/pending")
    for _ in range(2):
        yield ask("POST /notifications/{notification_id}/sent", notification_id=visitors.notification())


def tells_of_a_payment(visitors: Visitors) -> Steps:
    """Be the payment provider, or somebody who claims to be."""
    body = json.dumps(
        {
            "order_id": visitors.order(),
            "reference": f"event-{visitors.unlike_any_before()}",
            "status": visitors.dice.choice(("captured", "captured", "captured", "failed", "refunded")),
        }
    ).encode()
    signature = partners.sign(b"" if visitors.happens(_FORGED_RATIO) else body)
    message = ask("POST /payments/webhook", content={})
    yield replace(message, body=body, headers=(*message.headers, ("x-signature", signature)))


def compares_prices(visitors: Visitors) -> Steps:
    """Fetch a category's feed."""
    yield ask("GET /categories/{slug}/feed", slug=visitors.shelf()[0])


def probes(_visitors: Visitors) -> Steps:
    """Ask whether the shop is alive."""
    yield ask("GET /health")
