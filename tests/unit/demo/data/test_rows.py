"""The statements that make the rows."""

from __future__ import annotations

import re
from itertools import combinations

from paceline.demo import schema
from paceline.demo.data import rows, sizes, words

STEPS = rows.steps(sizes.ShopSizes.at(0.01))


def test_every_table_is_filled_once():
    tables = [step.table for step in STEPS]
    assert sorted([*tables, "shop_meta"]) == sorted(schema.Base.metadata.tables)


def test_parents_come_before_what_is_computed_from_them():
    tables = [step.table for step in STEPS]
    for step in STEPS:
        for read in re.findall(r"(?:FROM|JOIN) ([a-z_]+)\b", step.sql):
            if read in tables:
                assert tables.index(read) < tables.index(step.table)


def test_nothing_depends_on_chance_or_on_the_day():
    for step in STEPS:
        assert not re.search(r"random\(|now\(|current_|clock_timestamp", step.sql)


def test_every_parameter_is_given_and_used():
    for step in STEPS:
        assert set(re.findall(r"(?<!:):([a-z_]+)", step.sql)) == set(step.parameters)


def test_no_two_tables_share_a_stream_of_chance():
    streams = [set(re.findall(r"pg_temp\.u\([^()]*, (\d+)\)", step.sql)) for step in STEPS]
    assert sum(map(len, streams)) > 40
    for one, other in combinations(streams, 2):
        assert not one & other
    # A hash is of row * 64 + stream.
    assert max(int(stream) for found in streams for stream in found) < 64


def test_the_shares_of_the_shelves_are_in_proportion():
    assert [shelf.share for shelf in words.SHELVES] == sorted((s.share for s in words.SHELVES), reverse=True)
    assert len({shelf.slug for shelf in words.SHELVES}) == len(words.SHELVES)
    assert len(words.CITIES) == len(words.COUNTRIES)


def test_no_tag_is_of_two_kinds():
    tags = (*words.THEMES, *words.OCCASIONS, *words.TRENDS)
    assert len(set(tags)) == len(tags)
