"""What visitors choose when there is little to choose from."""

from __future__ import annotations

import random

from paceline.demo.population import Aisle, Population
from paceline.demo.traffic.visitors import Visitors

LITTLE = Population(
    products=1,
    customers=1,
    orders=3,
    notifications=1,
    for_sale=(1,),
    emails=("Only@example.com",),
    tokens=("only",),
    aisles=(Aisle("tea"),),
    tags=("rare",),
    attributes=(("color", "teal"),),
    unpaid_orders=(),
)


def test_in_the_smallest_shop_everything_can_still_be_chosen():
    visitors = Visitors(random.Random(1), LITTLE)
    assert visitors.product_for_sale() == visitors.known_customer() == visitors.notification() == 1
    assert visitors.unpaid_order() == 3
    assert visitors.shelf() == ("tea", ())
    assert visitors.tag() == "rare"
    assert visitors.attribute() == "color:teal"
    assert visitors.token_to_give_up() == "only"
    assert {visitors.email() for _ in range(50)} == {"Only@example.com", "only@example.com"}
    assert {visitors.token() for _ in range(500)} == {"only", "expired-long-ago"}


def test_what_is_not_there_lies_far_beyond_what_a_run_can_add():
    visitors = Visitors(random.Random(1), LITTLE)
    assert {visitors.product() for _ in range(500)} == {1, 2}
    assert {order for order in (visitors.order() for _ in range(500)) if order > LITTLE.orders} <= {6, 7, 8}
