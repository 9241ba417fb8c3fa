"""Statements of requests become (fingerprint, route) with exact totals, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from paceline.telemetry import records as r
from paceline.telemetry import window as windows
from paceline.telemetry.running import limits, statements


def record_of(*runs):
    record = r.new(0, "GET")
    for text, duration in runs:
        record += (text, 100, 100 + duration)
    return record


def made(**bounds):
    return statements.Statements(limits.Limits(**bounds))


def names(taken):
    """Return {(text, route): (count, sum)} of taken statements."""
    found = {}
    for part in taken.parts:
        assert part.key not in found, "one key, one part"
        whole = part.values.expand()
        found[part.key] = (whole.count, whole.sum)
    return found


def test_texts_that_differ_in_literals_are_one_statement():
    one = made()
    record = record_of(("select * from t where a = 1", 5), ("SELECT * FROM t WHERE a = 2", 7))
    one.fold(record, "GET /a")
    ran = one.slots_of(record, "GET /a")
    assert ran[0] is ran[1]
    taken = one.take()
    assert list(names(taken).values()) == [(2, 12)]
    ((key, text),) = taken.texts.items()
    assert key == ran[0].key[0]
    assert "1" not in text
    assert "2" not in text


def test_a_text_travels_once_and_again_when_the_store_lost_it():
    one = made()
    for expected in (1, 0, 1):
        one.fold(record_of(("select a from t", 5)), "GET /a")
        assert len(one.take().texts) == expected
        if not expected:
            one.forget_texts_sent()


def test_losing_the_texts_in_the_middle_of_a_window_loses_no_count():
    """A second slot of the same key would hide the first one on the wire."""
    one = made()
    for _ in range(2):
        one.fold(record_of(("select a from t", 5)), "GET /a")
        one.fold_background("select a from t", 5, failed=False)
        one.forget_texts_sent()
    assert sorted(names(one.take()).values()) == [(2, 10), (2, 10)]


def test_keys_beyond_the_cap_count_under_other():
    one = made(max_statement_keys=3)
    for number in range(10):
        one.fold(record_of((f"select c{'x' * number} from t", 1)), "GET /a")
    taken = one.take()
    found = names(taken)
    assert found[windows.OTHER, windows.OTHER] == (7, 7)
    assert (len(found), taken.folded, taken.texts[windows.OTHER]) == (4, 7, windows.OTHER)


def test_folded_values_are_counted_once_whoever_looks_at_them():
    """Also those of a request that spilled, failed, or is kept in full."""
    one = made(max_statement_keys=1)
    one.fold_background("select a from t", 1, failed=False)
    record = record_of(*[("select b from t", 1)] * 1_500)
    r.details(record).errors[r.STATEMENTS] = "23505"
    r.spill(record)
    one.fold(record, "GET /a")
    one.slots_of(record, "GET /a")
    one.fold_background("select c from t", 1, failed=False)
    taken = one.take()
    assert names(taken)[windows.OTHER, windows.OTHER] == (1_501, 1_501)
    assert taken.folded == 1_501


def test_the_memory_of_texts_is_bounded():
    """Literals written into the text make every text a new one; the cache of texts begins anew at its cap."""
    one = made(max_statement_keys=10)
    for number in range(1_000):
        one.fold(record_of((f"select a from t where a = {number}", 1)), "GET /a")
    assert sum(map(len, one._by_text.values())) <= 11
    assert list(names(one.take()).values()) == [(1_000, 1_000)]


def test_a_very_long_text_is_known_again_by_a_digest_and_not_kept():
    """A bulk INSERT of SQLAlchemy has 50 000 characters: tokenised each time, 128 of them would hold up a request."""
    one, text = made(), "select a from t where a in (" + "1, " * 3_000 + "1)"
    one.fold(record_of((text, 1)), "GET /a")
    (slot,) = one._by_text["GET /a"].values()
    assert one.slots_of(record_of((text, 1)), "GET /a") == [slot]
    assert max(map(len, one._by_text["GET /a"])) < 40
    one.fold(record_of((text, 1), (text + " and b", 1)), "GET /a")
    assert sorted(part.values.count for part in one.take().parts) == [1, 2]


def test_texts_beyond_those_that_a_record_sums_count_as_other():
    one, record = made(), record_of(*[("select 1", 1)] * 1_200)
    r.spill(record)
    r.details(record).spilled[r.MANY] = r.details(record).spilled.pop("select 1")
    one.fold(record, "GET /a")
    taken = one.take()
    assert names(taken)[windows.OTHER, windows.OTHER] == (1_000, 1_000)
    assert taken.folded == 1_000


def test_failures_are_counted_beside_the_times_also_spilled_ones():
    one = made()
    record = record_of(*[("insert into t values (1)", 1)] * 1_200)
    for index in (3, 300, 400):
        r.details(record).errors[r.STATEMENTS + index * r.TRIPLE] = "23505"
    r.spill(record)
    one.fold(record, "POST /a")
    assert len(one.slots_of(record, "POST /a")) == r.KEPT_TRIPLES
    (part,) = one.take().parts
    assert (part.values.expand().count, part.values.expand().sum, part.errors) == (1_200, 1_200, 3)


def of_many_texts(count):
    """Return a record that ran so many statements, each with a text of its own, the second half of them failing."""
    record = r.new(0, "GET")
    for number in range(count):
        if number >= count // 2:
            r.details(record).errors[len(record)] = "23505"
        record += (f"select a from t where a = {number}", 0, 1)
        if len(record) > r.STATEMENTS + r.MAX_TRIPLES * r.TRIPLE:
            r.spill(record)
    return record


def test_a_request_of_thousands_of_texts_is_counted_a_slice_at_a_time():
    """Whoever finishes it counts what stands one by one; the rest is left, and nothing of it is lost."""
    one = made()
    one.fold(of_many_texts(5_000), "GET /a")
    slices = 0
    while one.fold_waiting():
        slices += 1
    (part,) = one.take().parts
    assert slices > 10
    assert (part.values.count, part.values.expand().sum, part.errors) == (5_000, 5_000, 2_500)
    assert not one.fold_waiting()


def test_what_waits_is_bounded_and_then_counted_at_once():
    one = made()
    for _ in range(2 * statements.MAX_WAITING // 4_000):
        one.fold(of_many_texts(5_000), "GET /a")
        assert one.touched <= statements.MAX_WAITING + 1
    while one.fold_waiting():
        pass
    assert sum(part.values.count for part in one.take().parts) == 50_000


def test_what_waits_makes_a_window_full():
    """Its keys are not known yet, and the flush thread should come for it before its time."""
    one = made()
    one.fold(of_many_texts(5_000), "GET /a")
    assert one.touched > 3_000
    one.forget_waiting()
    assert (one.touched, one.fold_waiting()) == (1, False)


def test_background_statements_have_their_own_route():
    one = made()
    slot = one.fold_background("select a from t", 5, failed=True)
    assert slot.key[1] == windows.BACKGROUND
    (part,) = one.take().parts
    assert (part.values.count, part.errors) == (1, 1)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.booleans()), max_size=120))
def test_any_mix_adds_up_below_any_cap(runs):
    one = made(max_statement_keys=5)
    for which, route, forget in runs:
        one.fold(record_of((f"select {'c' * (which + 1)} from t", which)), f"GET /{route}")
        if forget:
            one.forget_texts_sent()
    found = names(one.take())
    assert sum(count for count, _ in found.values()) == len(runs)
    assert sum(total for _, total in found.values()) == sum(which for which, _, _ in runs)
    assert len(found) <= 6
