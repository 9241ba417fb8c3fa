import dataclasses

from tests import fix_measurements as made

from paceline.engine.answers.requests import statements
from paceline.telemetry import settings as settings_
from paceline.telemetry import window as windows

SETTINGS = settings_.TelemetrySettings()
SHOP = made.snapshot(
    {("GET", "/a", "ok"): [500.0, 500.0]},
    {
        ("f1", "GET /a"): [100.0, 100.0],
        ("f1", "GET /b"): [50.0],
        ("f2", "GET /a"): [1.0] * 10,
        ("f3", windows.BACKGROUND): [2_000.0],
    },
    counters={(windows.STATEMENT_ERRORS, "f1", "GET /a"): 1},
)
NOTES = statements.Notes(SHOP.texts, {"f1": "shop/db.py:12 in load"})


def test_a_statement_is_one_row_over_its_routes():
    row = statements.page(SHOP, SETTINGS, NOTES, limit=1).rows[0]

    assert row.fingerprint == "f1"
    assert row.statement == "SELECT f1"
    assert row.call_site == "shop/db.py:12 in load"
    assert row.route == "GET /a"
    assert [(use.route, use.count, use.total_ms) for use in row.routes] == [("GET /a", 2, 200.0), ("GET /b", 1, 50.0)]
    assert (row.count, row.total_ms, row.max_ms, row.errors) == (3, 250.0, 100.0, 1)


def test_the_share_is_of_what_users_waited_and_nobody_waits_for_the_background():
    shares = {row.fingerprint: row.share_percent for row in statements.page(SHOP, SETTINGS, NOTES, limit=10).rows}

    assert shares == {"f1": 25.0, "f2": 1.0, "f3": 0.0}


def test_totals_cover_the_background_too():
    stats = statements.stats(SHOP, SETTINGS, NOTES)

    assert (stats.total_statements, stats.distinct_statements, stats.slow_statements, stats.errors) == (14, 3, 1, 1)
    assert stats.statements_per_request == 6.5
    assert stats.share_percent == 26.0
    assert stats.error_rate_percent == round(100 / 14, 3)


def test_frequency_counts_first():
    rows = statements.frequency(SHOP, NOTES).rows

    assert [(row.fingerprint, row.count, row.average_ms) for row in rows] == [
        ("f2", 10, 1.0),
        ("f1", 3, 83.333),
        ("f3", 1, 2_000.0),
    ]


def test_a_changed_threshold_judges_the_past_anew():
    strict = dataclasses.replace(SETTINGS, slow_statement_ms=60.0)

    assert statements.stats(SHOP, strict).slow_statements == 3


def test_pages_together_are_the_whole_list():
    first = statements.page(SHOP, SETTINGS, limit=2)
    second = statements.page(SHOP, SETTINGS, limit=2, cursor=first.next_cursor)

    assert [row.fingerprint for row in (*first.rows, *second.rows)] == ["f1", "f2", "f3"]
    assert second.next_cursor is None


def test_an_empty_store_gives_zeros():
    stats = statements.stats(made.snapshot(), SETTINGS)

    assert (stats.total_statements, stats.share_percent, stats.average_ms, stats.statements_per_request) == (
        0,
        0.0,
        None,
        None,
    )
    assert stats.slowest == stats.frequency == ()
