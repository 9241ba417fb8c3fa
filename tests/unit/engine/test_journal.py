"""The journal: an entry before the change, what came of it after, and all of it still there when metrics are gone."""

import pytest

from paceline import changes
from paceline import clock as clocks
from paceline.engine import journal
from paceline.engine.answers import journal as answers
from paceline.telemetry.store import opening


@pytest.fixture
def clock():
    return clocks.FakeClock()


@pytest.fixture
def store(tmp_path, clock):
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=clock)
    yield made
    made.close()


def listed(store, clock, **wanted):
    return answers.page(store.journal(51), clock.now_ms(), limit=50).rows


def entry(clock, **fields):
    return changes.JournalEntry(clock.now_ms(), "ann", "create_index", {"table": "orders"}, {}, **fields)


def test_a_change_that_was_never_concluded_stays_started(store, clock):
    journal.Journal(store).begin(entry(clock))
    (row,) = listed(store, clock)
    assert (row.by, row.action, row.arguments) == ("ann", "create_index", {"table": "orders"})
    assert (row.result, row.undo, row.statements) == ({"state": "started"}, None, ())


def test_a_change_is_concluded_with_its_result_and_statements(store, clock):
    book = journal.Journal(store)
    number = book.begin(entry(clock, undo={"action": "drop_index", "arguments": {"name": "x"}}))
    book.conclude(number, {"state": "done"}, ("create index x on orders (id)",))
    (row,) = listed(store, clock)
    assert row.id == number
    assert (row.result, row.statements) == ({"state": "done"}, ("create index x on orders (id)",))
    assert row.undo == {"action": "drop_index", "arguments": {"name": "x"}}


def test_entries_survive_clearing_and_retention(store, clock):
    journal.Journal(store).add(entry(clock))
    store.clear(["request", "statement"], clock.now_ms())
    clock.advance(400 * 86_400)
    store.retain()
    assert len(listed(store, clock)) == 1


def test_pages_go_on_where_they_stopped(store, clock):
    book = journal.Journal(store)
    numbers = [book.add(entry(clock)) for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = answers.page(store.journal(3, before=answers.before(cursor)), clock.now_ms(), limit=2)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == numbers[::-1]
