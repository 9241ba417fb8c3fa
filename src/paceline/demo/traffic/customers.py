"""What customers do, one request after the other: look around, search, buy, look after their orders, write reviews."""

from __future__ import annotations

from collections.abc import Iterator

from paceline.demo.data import words
from paceline.demo.traffic.asking import ShopRequest, ask
from paceline.demo.traffic.visitors import Visitors

Steps = Iterator[ShopRequest]

_DEEP_PAGE_RATIO = 0.15  # of category pages: crawlers, and people who sort by price from the wrong end
_WRONG_PASSWORD_RATIO = 0.06  # of sign-ins


def looks_around(visitors: Visitors) -> Steps:
    """Come in by the front door, walk along a shelf or two, look at some products."""
    yield ask("GET /")
    for _ in range(1 + int(2 * visitors.dice.random())):
        yield _shelf(visitors)
        if visitors.happens(0.3):
            yield _narrowed(visitors)
        for _ in range(1 + int(2 * visitors.dice.random())):
            yield from _looks_at(visitors, visitors.product())


def searches(visitors: Visitors) -> Steps:
    """Type some letters, take a suggestion, search, look at what was found."""
    dice = visitors.dice
    material, thing = dice.choice(words.MATERIALS), dice.choice(dice.choice(words.SHELVES).things)
    wanted = f"{material} {thing}" if visitors.happens(0.7) else thing
    yield ask("GET /suggest", query={"q": wanted[:3].lower()})
    if visitors.happens(0.5):
        yield ask("GET /suggest", query={"q": wanted[: 1 + len(wanted) // 2].lower()})
    yield ask("GET /search", query={"q": wanted.lower()})
    yield from _looks_at(visitors, visitors.product())
    if visitors.happens(0.5):
        yield from _looks_at(visitors, visitors.product())


def comes_from_elsewhere(visitors: Visitors) -> Steps:
    """Follow a link from another site to a product, and to the front door if it pleases."""
    yield from _looks_at(visitors, visitors.product())
    if visitors.happens(0.6):
        yield ask("GET /")


def buys(visitors: Visitors) -> Steps:
    """Fill a cart, change one's mind, ask for the shipping, buy, pay."""
    customer, product = visitors.known_customer(), visitors.product_for_sale()
    yield from _looks_at(visitors, product, customer)
    yield _puts_into_cart(visitors, customer, product)
    if visitors.happens(0.5):
        yield _puts_into_cart(visitors, customer, visitors.product_for_sale())
    if visitors.happens(0.15):
        quantity = 0 if visitors.is_malformed() else 2
        yield ask(
            "PATCH /cart/{customer_id}/items/{product_id}",
            content={"quantity": quantity},
            customer_id=customer,
            product_id=product,
        )
    if visitors.happens(0.1):
        yield ask("DELETE /cart/{customer_id}/items/{product_id}", customer_id=customer, product_id=product)
        yield _puts_into_cart(visitors, customer, visitors.product_for_sale())
    yield ask("GET /cart/{customer_id}", customer_id=customer)
    yield ask("GET /shipping/quote", query={"customer_id": customer})
    if visitors.happens(0.6):
        yield ask("POST /checkout", content={} if visitors.is_malformed() else {"customer_id": customer})
    if visitors.happens(0.3):
        paid = visitors.unpaid_order()
        yield ask("POST /orders/{order_id}/pay", content={"method": "card"}, order_id=paid)


def signs_in(visitors: Visitors) -> Steps:
    """Sign in, with a second try if need be, and look after one's orders; some sign out again."""
    email = visitors.email()
    if visitors.is_malformed():
        yield ask("POST /login", content={"email": "somebody"})
    if visitors.happens(_WRONG_PASSWORD_RATIO):
        yield ask("POST /login", content={"email": email, "password": "forgotten"})
    yield ask("POST /login", content={"email": email, "password": words.SAMPLE_ENTRY_WORD})
    token = visitors.token()
    yield ask("GET /me", token=token)
    if visitors.happens(0.8):
        yield ask("GET /me/orders", token=token)
    if visitors.happens(0.6):
        yield ask("GET /orders/{order_id}", order_id=visitors.order())
    if visitors.happens(0.6):
        yield ask("GET /orders/{order_id}/invoice", order_id=visitors.order())
    if visitors.happens(0.15):
        yield ask("POST /logout", token=visitors.token_to_give_up())


def registers(visitors: Visitors) -> Steps:
    """Open an account and sign in with it."""
    dice = visitors.dice
    typed = {
        "email": f"visitor-{visitors.unlike_any_before()}@example.com",
        "password": "correct-horse-43",
        "name": f"{dice.choice(words.FIRST_NAMES)} {dice.choice(words.LAST_NAMES)}",
        "street": f"{dice.choice(words.STREETS)} {1 + dice.randrange(120)}",
        "city": "Graz",
        "country": "AT",
    }
    if visitors.happens(0.1):
        yield ask("POST /register", content=typed | {"country": "Austria"})
    yield ask("POST /register", content=typed)
    yield ask("POST /login", content={"email": typed["email"], "password": typed["password"]})


def writes_a_review(visitors: Visitors) -> Steps:
    """Read what others think of a product and say what one thinks oneself."""
    product = visitors.product_for_sale()
    yield ask("GET /products/{product_id}/reviews", product_id=product)
    opinion = {
        "rating": 9 if visitors.is_malformed() else 1 + int(5 * visitors.dice.random() ** 0.4),
        "title": "My opinion",
        "body": visitors.dice.choice(words.DETAILS),
    }
    yield ask("POST /products/{product_id}/reviews", content=opinion, token=visitors.token(), product_id=product)


def _shelf(visitors: Visitors) -> ShopRequest:
    dice = visitors.dice
    slug, later_pages = visitors.shelf()
    depth = dice.random() if visitors.happens(_DEEP_PAGE_RATIO) else dice.random() ** 4
    page = int(depth * (len(later_pages) + 1))
    query: dict[str, object] | str = later_pages[page - 1] if page else ""
    if not page and visitors.happens(0.3):
        query = dice.choice([{"max_cents": 5_000}, {"min_cents": 2_000, "max_cents": 20_000}])
    return ask("GET /categories/{slug}/products", query=query, slug=slug)


def _narrowed(visitors: Visitors) -> ShopRequest:
    by_tag = visitors.happens(0.5)
    return ask("GET /products", query={"tag": visitors.tag()} if by_tag else {"attribute": visitors.attribute()})


def _looks_at(visitors: Visitors, product: int, customer: int | None = None) -> Steps:
    """Open a product's page, and what belongs to it; the page tells what its reader does."""
    yield ask("GET /products/{product_id}", product_id=product)
    if visitors.happens(0.35):
        yield _reading(visitors, product, customer)
    if visitors.happens(0.3):
        yield ask("GET /products/{product_id}/reviews", product_id=product)
    if visitors.happens(0.2):
        yield ask("GET /products/{product_id}/recommendations", product_id=product)


def _reading(visitors: Visitors, product: int, customer: int | None) -> ShopRequest:
    """Tell a page's reader by every step: scrolling for a minute is a hundred steps."""
    steps = 60 + visitors.dice.randrange(80)
    seen: dict[str, object] = {
        "kind": "misread" if visitors.is_malformed() else "view",
        "product_id": product,
        "customer_id": customer,
        "steps": [{"at_ms": 431 * step, "did": "scroll", "where": f"block-{step % 9}"} for step in range(steps)],
    }
    return ask("POST /events", content=seen)


def _puts_into_cart(visitors: Visitors, customer: int, product: int) -> ShopRequest:
    quantity = 0 if visitors.is_malformed() else 1 + int(3 * visitors.dice.random() ** 3)
    choice = {"product_id": product, "quantity": quantity}
    return ask("POST /cart/{customer_id}/items", content=choice, customer_id=customer)
