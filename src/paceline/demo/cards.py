"""How rows look in answers: one function per thing that several endpoints show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paceline.demo import schema
    from paceline.demo.state import Answer


def product_card(product: schema.Product) -> Answer:
    """Return what a list shows of a product."""
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "price_cents": product.price_cents,
        "for_sale": product.deleted_at is None,
        "image": f"/static/products/{product.sku.lower()}.webp",
    }


def customer_card(customer: schema.Customer) -> Answer:
    """Return what a customer may see of an account."""
    return {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "city": customer.city,
        "country": customer.country,
        "customer_since": customer.created_at,
    }


def order_card(order: schema.Order) -> Answer:
    """Return what a list shows of an order, without its items."""
    return {
        "id": order.id,
        "customer_id": order.customer_id,
        "status": order.status,
        "total_cents": order.total_cents,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def item_cards(items: Iterable[schema.OrderItem]) -> list[Answer]:
    """Return the lines of an order with their products, which must be loaded."""
    return [
        {
            "line": item.line,
            "quantity": item.quantity,
            "unit_price_cents": item.unit_price_cents,
            "product": product_card(item.product),
        }
        for item in items
    ]


def payment_card(payment: schema.Payment) -> Answer:
    """Return an attempt to pay."""
    return {"method": payment.method, "status": payment.status, "amount_cents": payment.amount_cents}


def review_card(review: schema.Review) -> Answer:
    """Return a review with the first name of its author, who must be loaded."""
    return {
        "id": review.id,
        "rating": review.rating,
        "title": review.title,
        "body": review.body,
        "author": review.customer.name.split()[0],
        "created_at": review.created_at,
    }
