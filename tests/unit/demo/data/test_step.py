"""Statements are written with the constants of the shop filled in."""

from __future__ import annotations

from paceline.demo.data import skew, step


def test_constants_are_filled_in_and_parameters_are_kept_apart():
    made = step.step_of("carts", "SELECT {spread}, {flat_product}, {flat_customer}, {last_day}, :n", n=3)
    constants = f"{skew.SPREAD}, {skew.PRODUCT_FLATNESS}, {skew.CUSTOMER_FLATNESS}, {step.LAST_DAY}"
    assert made == step.Step("carts", f"SELECT {constants}, :n", {"n": 3})
