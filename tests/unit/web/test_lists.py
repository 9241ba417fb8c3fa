"""Every list can be asked for in the same way, and says what it stands on; lists come from the description."""

import pytest
from tests import fix_web

from paceline.web import documentation, parameters

DOCUMENT = documentation.described(fix_web.shop_of_nothing())
RANGE = {"since", "until", "seconds", "n", "workers", "resolution_seconds", "folded", "dropped"}


def schemas(operation):
    """The schemas that an answer may have."""
    schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for choice in schema.get("anyOf", [schema]):
        yield DOCUMENT["components"]["schemas"].get(choice.get("$ref", "").rpartition("/")[2], {})


def lists():
    """Path, parameters by name, and the fields of a row, of everything that answers in pages."""
    for path, method, operation in documentation.operations(DOCUMENT):
        fields = [found.get("properties", {}) for found in schemas(operation)]
        if method == "get" and any("next_cursor" in found for found in fields):
            yield path, {one["name"]: one for one in operation["parameters"]}


LISTS = dict(lists())
BOOKS = {"/jobs", "/journal"}
"""Lists of what was done, newest first: they have no range to ask for, no other order, and are of no single worker."""
MEASURED = [path for path in LISTS if path not in BOOKS]
FILLED = {"/database/slow-queries", "/database/frequency", "/api/slow-requests", "/traces"}
"""Lists of which the shop of the tests has rows."""
NUMBERS = [
    (path, name)
    for path, _, operation in documentation.operations(DOCUMENT)
    for name in [
        one["name"]
        for one in operation.get("parameters", ())
        if one["in"] == "query" and one["schema"].get("type") in {"integer", "number"}
    ]
]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return fix_web.shop_app(tmp_path_factory.mktemp("lists"))


def test_lists_are_found():
    assert set(LISTS) >= FILLED | BOOKS


@pytest.mark.parametrize("path", sorted(BOOKS))
def test_a_book_is_read_from_its_newest_entry_on(path):
    assert set(LISTS[path]) == {"limit", "cursor"}
    assert LISTS[path]["limit"]["schema"]["default"] == 50


@pytest.mark.parametrize("path", MEASURED)
def test_a_list_takes_limit_since_sort_cursor_and_worker(path):
    taken = LISTS[path]
    assert {"limit", "since", "sort", "cursor", "worker"} <= set(taken)
    assert taken["since"]["schema"]["default"] == "1h"
    limit = taken["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"]) == (1, parameters.MAX_LIMIT) == (1, 1_000)


@pytest.mark.parametrize("path", MEASURED)
def test_a_list_says_what_it_stands_on_in_every_order(app, path):
    sort = LISTS[path]["sort"]["schema"]
    for order in sort["enum"]:
        by = {"time": "&by=execution", "duration": "&by=execution"}.get(
            order, "&by=route" if "api" in path else "&by=statement"
        )
        query = f"sort={order}&limit=1{by if 'by' in LISTS[path] else ''}"
        answer = fix_web.ask(app, "GET", f"{path}?{query}", headers=fix_web.VIEWER)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page["range"]) == RANGE
        assert page["range"]["n"] >= len(page["rows"]) >= (path in FILLED)


@pytest.mark.parametrize("path", LISTS)
def test_pages_together_are_the_whole_list(app, path):
    whole = fix_web.ask(app, "GET", path, headers=fix_web.VIEWER).json()["rows"]
    found, cursor = [], ""
    while cursor is not None:
        page = fix_web.ask(app, "GET", f"{path}?limit=1{cursor}", headers=fix_web.VIEWER).json()
        found += page["rows"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert len(found) == len(whole) >= (path in FILLED)


@pytest.mark.parametrize("path", MEASURED)
def test_an_unknown_worker_has_no_rows_and_a_known_one_has_all(app, path):
    rows = [
        fix_web.ask(app, "GET", f"{path}?worker={worker}", headers=fix_web.VIEWER).json()["rows"]
        for worker in ("4211", "nobody")
    ]
    assert len(rows[0]) >= (path in FILLED)
    assert rows[1] == []


@pytest.mark.parametrize(("path", "name"), NUMBERS)
@pytest.mark.parametrize("value", ["-1", "ten", "1e400", "NaN", "0x10", "--1"])
def test_a_negative_or_no_number_is_refused_by_name(app, path, name, value):
    method = next(method for there, method, _ in documentation.operations(DOCUMENT) if there == path)
    there = path.replace("{trace_id}", fix_web.TRACE_ID)
    others = "&metric=requests" if path == "/timeseries" else ""
    answer = fix_web.ask(app, method.upper(), f"{there}?{name}={value}{others}", headers=fix_web.OPERATOR)
    assert answer.status_code == 422
    assert [one["parameter"] for one in answer.json()["errors"]] == [name]
