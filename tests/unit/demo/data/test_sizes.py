"""The scale decides how many rows there are."""

from __future__ import annotations

import pytest

from paceline import errors
from paceline.demo.data import sizes


def test_scale_one_is_about_half_a_million_rows():
    whole = sizes.ShopSizes.at(1.0)
    rows = whole.products * 2 + whole.customers + whole.orders * 2.5 + whole.reviews + whole.carts * 2.5
    assert 480_000 < rows < 560_000


def test_a_tiny_shop_still_has_a_page_of_everything():
    assert sizes.ShopSizes.at(0.001).customers == 100


def test_the_number_of_categories_does_not_depend_on_the_scale():
    assert sizes.ShopSizes.at(0.01).categories == sizes.ShopSizes.at(2).categories == 20


@pytest.mark.parametrize("scale", [0, -1, 1_000, float("nan")])
def test_a_scale_that_cannot_be_is_refused(scale):
    with pytest.raises(errors.UsageError, match="choose one between"):
        sizes.ShopSizes.at(scale)
