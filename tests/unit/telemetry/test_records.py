"""A record stays small however many statements its request runs, and loses none of them."""

from paceline.telemetry import fingerprint
from paceline.telemetry import records as r


def with_statements(count):
    record = r.new(0, "GET")
    for number in range(count):
        record += (f"select {number % 2}", number, number + 5)
    return record


def test_a_new_record_has_every_fixed_position_and_no_statement():
    record = r.new(7, "GET")
    assert (len(record), record[r.START], record[r.METHOD], record[r.DETAILS]) == (r.STATEMENTS, 7, "GET", None)


def test_details_are_made_once():
    record = r.new(0, "GET")
    assert r.details(record) is r.details(record) is record[r.DETAILS]


def test_a_spill_sums_what_is_beyond_the_first_by_text():
    record = with_statements(1_001)
    r.spill(record)
    assert len(record) == r.STATEMENTS + r.KEPT_TRIPLES * r.TRIPLE
    spilled = record[r.DETAILS].spilled
    assert {text: kept.count for text, kept in spilled.items()} == {"select 0": 401, "select 1": 400}


def test_what_is_repeated_is_counted_at_the_end_and_a_place_that_is_known_stays():
    record = r.new(0, "GET")
    for text in ["a"] * 9 + ["b"] * 10 + ["c"] * 12:
        record += (text, 0, 1)
    r.details(record).repeated["c"] = "shop/cart.py:7"
    r.note_repeated(record)
    assert record[r.DETAILS].repeated == {"b": None, "c": "shop/cart.py:7"}


def test_what_was_noted_of_a_spilled_statement_does_not_become_another_ones():
    """Its position is used again by the statement that comes next."""
    record = with_statements(1_000)
    details = r.details(record)
    early, late = (r.STATEMENTS + n * r.TRIPLE for n in (3, 501))
    for position in (early, late):
        details.errors[position] = "23505"
        details.call_sites[position] = "a.py:1"
        details.rows[position] = 1
    r.spill(record)
    assert set(details.errors) == set(details.call_sites) == set(details.rows) == {early}
    assert details.spilled_errors == {"select 1": 1}


def test_texts_that_differ_each_time_are_summed_up_to_a_bound_and_the_others_together():
    record = r.new(0, "GET")
    for number in range(r.KEPT_TRIPLES + r.MAX_SPILLED + 30):
        record += (f"select {number}", 0, 5)
    r.spill(record)
    spilled = record[r.DETAILS].spilled
    assert len(spilled) == r.MAX_SPILLED + 1
    assert spilled[r.MANY].count == 30


def test_of_the_latest_texts_no_more_is_held_than_is_read_of_them():
    record = r.new(0, "GET")
    for text in ("select 0", "x" * 50_000, "select 1", "y" * 50_000):
        record += (text, 0, 5)
    r.shorten(record, 2 * r.TRIPLE)
    assert [len(text) for text in record[r.STATEMENTS :: r.TRIPLE]] == [8, 50_000, 8, fingerprint.MAX_CHARS]
    assert fingerprint.fingerprint(record[-r.TRIPLE]) == fingerprint.fingerprint("y" * 50_000)
    r.shorten(record, 99 * r.TRIPLE)
    assert len(record[r.STATEMENTS + r.TRIPLE]) == fingerprint.MAX_CHARS
