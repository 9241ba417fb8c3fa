"""The law that makes some products and customers hot."""

from __future__ import annotations

from itertools import pairwise

from paceline.demo.data import skew

DRAWS = [number / 20_000 for number in range(20_000)]


def test_ranks_start_at_zero_and_stay_below_the_count():
    assert skew.rank(0.0, 100, 20) == 0
    assert skew.rank(1 - 2**-48, 100, 20) == 99


def test_the_best_fifth_has_most_of_the_sales_and_the_first_not_all():
    ranks = [skew.rank(u, 30_000, skew.PRODUCT_FLATNESS) for u in DRAWS]
    best_fifth = sum(found < 6_000 for found in ranks) / len(ranks)
    first = sum(found == 0 for found in ranks) / len(ranks)
    assert 0.7 < best_fifth < 0.85
    assert 0.004 < first < 0.01


def test_every_rank_has_an_id_of_its_own():
    ids = {skew.id_of_rank(position, 30_000) for position in range(30_000)}
    assert ids == set(range(1, 30_001))


def test_hot_rows_do_not_lie_side_by_side():
    hot = sorted(skew.id_of_rank(position, 30_000) for position in range(5))
    assert min(after - before for before, after in pairwise(hot)) > 100


def test_the_seed_is_part_of_the_sql_and_can_only_be_a_number():
    assert any(", 7)" in statement for statement in skew.sql_functions(7))
