"""Numbers and names as they stand in a table."""

from __future__ import annotations

import math

import pytest

from paceline.cli import cells


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (842, "842"), (999, "999"), (1_000, "1.0k"), (12_345, "12.3k"), (999_960, "1.0M"), (2_400_000, "2.4M")],
)
def test_counts_are_short(value, shown):
    """Five characters, with steps of a thousand."""
    assert cells.count(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.00"), (0.25, "0.25"), (9.994, "9.99"), (40.12, "40.1"), (99.96, "100"), (12_345, "12.3k")],
)
def test_rates_have_three_digits(value, shown):
    """As many decimals as there is room for."""
    assert cells.rate(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        (math.nan, "-"),
        (0.0, "0.00"),
        (0.42, "0.42"),
        (0.996, "1.0"),
        (4.25, "4.2"),
        (9.96, "10"),
        (842.4, "842"),
        (12_345.0, "12345"),
        (125_400.0, "125 s"),
    ],
)
def test_milliseconds_fit_six_characters(value, shown):
    """Whatever their size."""
    assert cells.milliseconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (0.0, "0"), (0.01, "<0.1"), (0.4, "0.4"), (9.96, "10"), (38.2, "38"), (100.0, "100")],
)
def test_percents(value, shown):
    """A share above nothing is never shown as nothing."""
    assert cells.percent(value) == shown


def test_names_cannot_steer_the_terminal():
    """A method comes from the client and may hold anything."""
    assert cells.line("GET\x1b[2J\r\n /x\u202e") == "GET [2J /x"


def test_statements_are_cut_to_what_tells_them_apart():
    """A long select list hides the table; a short one stays."""
    long_one = "select p.id, p.name,\n p.price from products as p where p.id = ?"

    assert cells.statement(long_one, "f") == "select … from products as p where p.id = ?"
    assert cells.statement("select id from products", "f") == "select id from products"
    assert cells.statement(None, "a1c93e7d2b60f418") == "(a1c93e7d2b60f418: its text is gone)"
