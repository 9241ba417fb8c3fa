"""A record stays small however many statements its request runs, and loses none of them."""

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
