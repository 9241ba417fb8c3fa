import dataclasses

import pytest
from tests import fix_measurements as made

from paceline import errors
from paceline.engine.answers import measures
from paceline.engine.answers.requests import endpoints
from paceline.telemetry import settings as settings_
from paceline.telemetry import window as windows

SETTINGS = settings_.TelemetrySettings()
SHOP = made.snapshot(
    {
        ("GET", "/cheap", "ok"): [1.0] * 100,
        ("GET", "/slow", "ok"): [300.0, 300.0],
        ("GET", "/slow", "server_error"): [300.0],
        ("POST", "/slow", "ok"): [90.0],
        ("GET", "<unmatched>", "client_error"): [0.5] * 4,
    }
)


def names(rows):
    return [f"{row.method} {row.endpoint}" for row in rows]


def test_the_whole_is_the_sum_of_its_parts():
    stats = endpoints.stats(SHOP, SETTINGS)

    assert stats.total_requests == 108
    assert stats.slow_requests == 3
    assert stats.over_objective_requests == 3
    assert stats.waiting_seconds == 1.092
    assert stats.average_ms == round(1_092 / 108, 3)
    assert stats.max_ms == 300.0
    assert stats.p50_ms == pytest.approx(1.0, rel=0.01)
    assert stats.requests_per_second == 0.03
    assert stats.status_codes == {"200": 103, "404": 4, "500": 1}
    assert stats.range.n == 108
    assert stats.range.seconds == 3_600


def test_shares_are_of_all_waiting_and_lead_the_list():
    rows = endpoints.stats(SHOP, SETTINGS).slowest_endpoints

    assert names(rows)[0] == "GET /slow"
    assert rows[0].share_percent == round(900 / 1_092 * 100, 3)
    assert sum(row.share_percent for row in rows) == pytest.approx(100, abs=0.01)
    assert rows[0].error_rate_percent == round(100 / 3, 3)
    assert "GET <unmatched>" in names(rows)


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("share", "GET /slow"),
        ("count", "GET /cheap"),
        ("average", "GET /slow"),
        ("p95", "GET /slow"),
        ("max", "GET /slow"),
    ],
)
def test_every_sort_order_has_its_first_row(sort, first):
    assert names(endpoints.stats(SHOP, SETTINGS, top=1, sort=sort).slowest_endpoints) == [first]


def test_every_sort_order_pages_through_the_whole_list():
    for sort in measures.SORTS:
        seen, cursor = [], None
        while True:
            page = endpoints.page(SHOP, SETTINGS, limit=1, sort=sort, cursor=cursor)
            seen += names(page.rows)
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == page.total == 4


def test_a_changed_threshold_judges_the_past_anew():
    strict = dataclasses.replace(SETTINGS, slow_response_ms=0.7, objective_p95_ms=50.0)
    stats = endpoints.stats(SHOP, strict)

    assert (stats.slow_requests, stats.over_objective_requests) == (104, 4)
    assert stats.slowest_endpoints[0].slow_requests == 3


def test_an_endpoint_may_have_an_objective_of_its_own():
    own = dataclasses.replace(SETTINGS, objectives={"GET /cheap": 0.5, "GET /slow": 500.0})
    stats = endpoints.stats(SHOP, own)
    rows = {f"{row.method} {row.endpoint}": row for row in stats.slowest_endpoints}

    assert stats.over_objective_requests == 100
    assert stats.objective_p95_ms == 100.0
    assert (rows["GET /cheap"].objective_p95_ms, rows["GET /cheap"].over_objective_requests) == (0.5, 100)
    assert (rows["GET /slow"].objective_p95_ms, rows["GET /slow"].over_objective_requests) == (500.0, 0)
    assert rows["POST /slow"].objective_p95_ms == 100.0
    assert stats.apdex != endpoints.stats(SHOP, SETTINGS).apdex


def test_what_was_folded_is_visible():
    stats = endpoints.stats(made.snapshot({("<other>", "<other>", "ok"): [1.0] * 5}), SETTINGS)

    assert stats.range.folded == {"requests": 5}
    assert names(stats.slowest_endpoints) == ["<other> <other>"]


def test_what_was_dropped_is_visible():
    stats = endpoints.stats(made.snapshot(counters={(windows.DROPPED, "windows"): 3}), SETTINGS)

    assert stats.range.dropped == {"windows": 3}


def test_an_empty_store_gives_zeros_and_no_averages():
    stats = endpoints.stats(made.snapshot(), SETTINGS)

    assert (stats.total_requests, stats.error_rate_percent, stats.waiting_seconds) == (0, 0.0, 0.0)
    assert (stats.average_ms, stats.p50_ms, stats.p95_ms, stats.p99_ms, stats.max_ms, stats.apdex) == (None,) * 6
    assert stats.slowest_endpoints == ()


def test_an_unknown_sort_is_refused():
    with pytest.raises(errors.UsageError, match="sort='nonsense'"):
        endpoints.stats(SHOP, SETTINGS, sort="nonsense")
