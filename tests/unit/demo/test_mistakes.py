"""The mistakes are described in one place and switched by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from paceline import errors
from paceline.demo import mistakes


def test_there_are_twenty_one_and_all_are_in_by_default():
    assert mistakes.ShopOptions().mistakes == mistakes.ALL
    assert len(mistakes.MISTAKES) == len(mistakes.ALL) == 21
    assert len(mistakes.INDEX_MISTAKES) == 10


def test_each_is_told_in_the_documentation():
    told = (Path(__file__).parents[3] / "docs/explain/demo-shop.md").read_text()
    for mistake in mistakes.MISTAKES:
        assert f"| `{mistake.name}` |" in told
        assert f"`{mistake.where}`" in told


@pytest.mark.parametrize("mistake", mistakes.MISTAKES, ids=lambda found: found.name)
def test_each_says_what_it_is_where_and_how_it_is_mended(mistake):
    method, template = mistake.where.split(" ", 1)
    assert method in {"GET", "POST"}
    assert template.startswith("/")
    assert mistake.what.endswith(".")
    assert mistake.remedy.endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", mistakes.ALL),
        ("all", mistakes.ALL),
        ("none", frozenset()),
        (" n_plus_one , offset_paging,", {"n_plus_one", "offset_paging"}),
    ],
)
def test_a_comma_list_names_them(text, expected):
    assert mistakes.parse_mistakes(text) == expected


@pytest.mark.parametrize("text", ["n_plus_two", "none,n_plus_one", "all,n_plus_one"])
def test_an_unknown_name_is_refused_with_the_names_that_are_known(text):
    with pytest.raises(errors.UsageError, match="choose from blocking_call, chatty_json"):
        mistakes.parse_mistakes(text)


def test_the_environment_switches_them():
    options = mistakes.options_from_environment({"PACELINE_SHOP_MISTAKES": "uncached_home"})
    assert options.has(mistakes.UNCACHED_HOME)
    assert not options.has(mistakes.N_PLUS_ONE)
    assert mistakes.options_from_environment({}).mistakes == mistakes.ALL
