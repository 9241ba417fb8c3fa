"""Every resource carries the service's answer, field by field, and hands its parameters on."""

import pytest
from pydantic import TypeAdapter
from tests import fix_web

from paceline.engine.answers import health, live, overview, ranges, timeseries
from paceline.engine.answers.processes import memory
from paceline.engine.answers.requests import endpoints, slow_log, statements, traces
from paceline.web import settings

ANSWERS = [
    ("/overview", overview.Overview),
    ("/health", health.Health),
    ("/database/stats", statements.DatabaseStats),
    ("/database/slow-queries", ranges.Page[statements.StatementRow]),
    ("/database/slow-queries?by=execution", ranges.Page[slow_log.SlowStatement]),
    ("/database/frequency", ranges.Page[statements.FrequencyRow]),
    ("/api/stats", endpoints.ApiStats),
    ("/api/slow-requests", ranges.Page[slow_log.SlowRequest]),
    ("/api/slow-requests?by=route", ranges.Page[endpoints.EndpointRow]),
    ("/memory/stats", memory.MemoryStats),
    ("/timeseries?metric=request_p95_ms", timeseries.TimeSeries),
    ("/traces", ranges.Page[traces.TraceRow]),
    (f"/traces/{fix_web.TRACE_ID}", traces.TraceDetail),
    ("/live?poll=1", live.LiveFrame),
]


@pytest.fixture
def app(tmp_path):
    return fix_web.shop_app(tmp_path)


def read(app, path):
    answer = fix_web.ask(app, "GET", path, headers=fix_web.VIEWER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


@pytest.mark.parametrize(("path", "kind"), ANSWERS)
def test_an_answer_has_exactly_the_fields_of_its_dataclass(app, path, kind):
    body = read(app, path)
    adapter = TypeAdapter(kind)
    assert adapter.dump_python(adapter.validate_python(body), mode="json") == body
    assert list(body) == list(getattr(kind, "__origin__", kind).__dataclass_fields__)
    assert "since" in body["range"]


def test_requests_are_counted_and_the_slowest_endpoint_leads(app):
    stats = read(app, "/api/stats?since=15m&top=1")
    assert stats["total_requests"] == 12
    assert [row["endpoint"] for row in stats["slowest_endpoints"]] == ["/orders/{order_id}"]
    assert stats["status_codes"] == {"200": 9, "422": 3}


def test_statements_are_told_with_text_route_and_call_site(app):
    (row,) = read(app, "/database/slow-queries?limit=1")["rows"]
    assert row["statement"] == fix_web.STATEMENT
    assert row["route"] == "/orders/{order_id}"
    assert read(app, "/database/frequency?sort=total&limit=5")["rows"][0]["count"] == 9


def test_a_list_goes_on_at_its_cursor(app):
    first = read(app, "/api/slow-requests?limit=2")
    second = read(app, f"/api/slow-requests?limit=2&cursor={first['next_cursor']}")
    ids = [row["id"] for row in first["rows"] + second["rows"]]
    assert len(set(ids)) == len(ids) == 3
    assert second["next_cursor"] is None


def test_one_worker_can_be_asked_for(app):
    assert read(app, "/memory/stats?worker=4211")["workers"][0]["worker"] == "4211"
    assert read(app, "/database/frequency?worker=nobody")["rows"] == []


def test_a_kept_request_opens_with_its_statements(app):
    trace = read(app, f"/traces/{fix_web.TRACE_ID}")
    assert trace["route"] == "/orders/{order_id}"
    assert trace["spans"][0]["statement"] == fix_web.STATEMENT


def test_the_operator_clears_what_was_measured(app):
    answer = fix_web.ask(app, "POST", "/clear-metrics?what=requests", headers=fix_web.OPERATOR)
    assert answer.status_code == 200
    assert answer.json()["what"] == "requests"
    assert read(app, "/api/stats")["total_requests"] == 0
    assert read(app, "/database/stats")["total_statements"] == 9


def test_health_is_a_503_when_memory_is_at_its_limit(tmp_path):
    service = fix_web.shop_service(tmp_path)
    full = fix_web.window.Gauge.of(0.99)
    service.store.write(
        fix_web.window.Window(
            "4211",
            fix_web.window.grid(fix_web.clocks.SYSTEM.now_ms() - 4_000),
            gauges={("memory.usage_ratio", "4211"): full},
        )
    )
    app = fix_web.application.create_app(
        service, settings.WebSettings(), access=fix_web.tokens.Access(fix_web.SETTINGS, None)
    )
    answer = fix_web.ask(app, "GET", "/health", headers=fix_web.VIEWER)
    assert answer.status_code == (503 if answer.json()["status"] == "failing" else 200)
    assert answer.json()["status"] != "ok"
