"""The scale decides how many rows there are."""

from __future__ import annotations

import dataclasses

import pytest

from paceline import errors
from paceline.demo.data import sizes


def test_scale_one_is_more_than_two_million_rows():
    whole = sizes.ShopSizes.at(1.0)
    assert whole == sizes.ShopSizes()
    named = sum(getattr(whole, field.name) for field in dataclasses.fields(whole))
    # Lines of orders and carts, and second payments, are drawn.
    assert 2_300_000 < named + whole.products + whole.orders * 2.7 + whole.carts * 2.5 < 2_800_000


def test_half_the_scale_is_half_the_rows():
    half, whole = sizes.ShopSizes.at(0.5), sizes.ShopSizes.at(1)
    for field in dataclasses.fields(whole):
        assert getattr(half, field.name) * 2 == getattr(whole, field.name)


def test_a_tiny_shop_still_has_a_page_of_everything():
    tiny = sizes.ShopSizes.at(0.001)
    assert min(getattr(tiny, field.name) for field in dataclasses.fields(tiny)) == sizes.LEAST


def test_there_are_never_more_carts_than_customers_nor_more_notifications_than_orders():
    for scale in (0.001, 0.02, 1, 100):
        found = sizes.ShopSizes.at(scale)
        assert found.carts <= found.customers
        assert found.notifications <= found.orders


def test_the_number_of_categories_does_not_depend_on_the_scale():
    assert sizes.ShopSizes.at(0.01).categories == sizes.ShopSizes.at(2).categories == 20


@pytest.mark.parametrize("scale", [0, -1, 1_000, float("nan")])
def test_a_scale_that_cannot_be_is_refused(scale):
    with pytest.raises(errors.UsageError, match="choose one between"):
        sizes.ShopSizes.at(scale)
