"""The statements that make the rows."""

from __future__ import annotations

import re

from paceline.demo.data import rows, sizes, words


def test_parents_come_before_what_is_computed_from_them():
    tables = [step.table for step in rows.steps(sizes.ShopSizes.at(0.01))]
    for parent, child in [
        ("categories", "products"),
        ("products", "stock"),
        ("products", "order_items"),
        ("order_items", "orders"),
        ("customers", "orders"),
    ]:
        assert tables.index(parent) < tables.index(child)


def test_nothing_depends_on_chance_or_on_the_day():
    for step in rows.steps(sizes.ShopSizes.at(0.01)):
        assert not re.search(r"random\(|now\(|current_|clock_timestamp", step.sql)


def test_every_parameter_is_given_and_used():
    for step in rows.steps(sizes.ShopSizes.at(0.01)):
        assert set(re.findall(r"(?<!:):([a-z_]+)", step.sql)) == set(step.parameters)


def test_the_shares_of_the_shelves_are_in_proportion():
    assert [shelf.share for shelf in words.SHELVES] == sorted((s.share for s in words.SHELVES), reverse=True)
    assert len({shelf.slug for shelf in words.SHELVES}) == len(words.SHELVES)
    assert len(words.CITIES) == len(words.COUNTRIES)


def test_capitals_in_an_address_do_not_change_the_digest():
    assert rows.password_digest("Ada@Example.com", "x") == rows.password_digest("ada@example.com", "x")
