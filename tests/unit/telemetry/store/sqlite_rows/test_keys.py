"""Keys and workers become small numbers once, and any text a host comes up with can be kept."""

from tests.fix_link import T0, rows

from paceline.telemetry.store.sqlite_file import connections
from paceline.telemetry.store.sqlite_rows import keys

KEY = ("request", "GET", "/a", "ok")


def test_a_key_has_one_number_for_good(link):
    first = keys.ids(link, keys.TALLY, [KEY, ("request", "GET", "/b", "ok")], T0)
    link.forget()
    assert keys.ids(link, keys.TALLY, [KEY], T0) == first[:1]
    assert keys.named(link, first)[first[0]] == (keys.TALLY, KEY)


def test_the_same_labels_of_another_nature_are_another_key(link):
    (tally,), (counter,) = keys.ids(link, keys.TALLY, [KEY], T0), keys.ids(link, keys.COUNTER, [KEY], T0)
    assert tally != counter


def test_numbers_whose_key_was_cleared_are_left_out(link):
    (number,) = keys.ids(link, keys.TALLY, [KEY], T0)
    assert set(keys.named(link, [number, 999])) == {number}
    assert keys.of_kinds(link, ["request", "statement"]) == [number]
    assert keys.of_kinds(link, ["statement"]) == []


def test_what_a_link_remembers_is_bounded(link, monkeypatch):
    monkeypatch.setattr(connections, "MAX_REMEMBERED", 10)
    for number in range(40):
        keys.ids(link, keys.TALLY, [("request", str(number))], T0)
        keys.named(link, [number])
    assert len(link.ids[keys.TALLY]) <= 10
    assert len(link.keys) <= 11
    assert len(rows(link, "SELECT id FROM key")) == 40


def test_a_worker_is_known_from_its_first_to_its_last_window_in_any_order(link):
    for at_ms in (T0, T0 + 4_000, T0 - 2_000, T0 + 2_000):
        keys.worker(link, "w1", at_ms)
    assert rows(link, "SELECT name, first_ms, last_ms FROM worker") == [("w1", T0 - 2_000, T0 + 4_000)]


def test_half_a_surrogate_pair_is_kept_as_a_question_mark(link):
    """Python makes them of path bytes that are no UTF-8; SQLite takes none."""
    assert keys.text("a\udce4b") == "a?b"
    (number,) = keys.ids(link, keys.TALLY, [("request", "/\udce4")], T0)
    assert number in keys.named(link, [number])
