import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paceline import errors
from paceline.engine.answers import paging

ORDER = paging.Order("rows.count", lambda item: item[1], lambda item: item[0])


def walk(items, limit):
    """Return the items of all pages, one after the other."""
    seen, cursor = [], None
    while True:
        page = paging.cut(items, ORDER, limit=limit, cursor=cursor)
        assert page.total == len(items)
        seen.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return seen


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.text(max_size=5), st.one_of(st.integers(0, 3), st.floats(0, 1e18)), max_size=30),
    st.integers(1, 12),
)
def test_pages_together_are_the_whole_list_each_row_once(values, limit):
    items = list(values.items())

    assert sorted(items, key=lambda item: (-item[1], item[0])) == walk(items, limit)


def test_ties_are_cut_by_key():
    items = [(name, 5) for name in "dbca"]
    first = paging.cut(items, ORDER, limit=2)

    assert [name for name, _ in first.items] == ["a", "b"]
    second = paging.cut(items, ORDER, limit=2, cursor=first.next_cursor)
    assert [name for name, _ in second.items] == ["c", "d"]
    assert second.next_cursor is None


def test_a_cursor_keeps_its_place_when_rows_come_and_go():
    cursor = paging.cut([("a", 9), ("b", 8), ("c", 7)], ORDER, limit=2).next_cursor
    page = paging.cut([("x", 10), ("c", 7), ("d", 6)], ORDER, limit=2, cursor=cursor)

    assert [name for name, _ in page.items] == ["c", "d"]


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "=", "é", "x" * 5_000, "e30", "bnVsbA", "WzFd",
     paging.encode("other", (1.0, "a")), paging.encode("rows.count", (float("nan"), "a")),
     paging.encode("rows.count", (True, "a")), paging.encode("rows.count", (1.0, None))],
)  # fmt: skip
def test_a_foreign_cursor_is_refused(cursor):
    with pytest.raises(errors.UsageError, match="cursor"):
        paging.cut([("a", 1)], ORDER, limit=1, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_limit_is_1_to_1000(limit):
    with pytest.raises(errors.UsageError, match="limit"):
        paging.cut([], ORDER, limit=limit)


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(errors.UsageError, match="choose one of count, max"):
        paging.choose("nonsense", {"count": 1, "max": 2})
