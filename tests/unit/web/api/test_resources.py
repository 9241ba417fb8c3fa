"""Every resource carries the service's answer, field by field, and hands its parameters on."""

import pytest
from pydantic import TypeAdapter
from tests import fix_web

from paceline.engine.answers import health, jobs, journal, live, overview, ranges, timeseries
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
    ("/jobs", ranges.Page[jobs.Job]),
    ("/journal", ranges.Page[journal.Entry]),
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


def test_a_collection_is_accepted_and_its_job_is_found_where_the_answer_says(app):
    accepted = fix_web.ask(app, "POST", "/memory/gc?worker=4211", headers=fix_web.OPERATOR)
    assert accepted.status_code == 202
    job = read(app, accepted.headers["location"])
    assert (job["id"], job["kind"]) == (accepted.json()["id"], "collect_garbage")
    assert [row["id"] for row in read(app, "/jobs")["rows"]] == [job["id"]]
    missing = fix_web.ask(app, "POST", "/memory/gc?worker=1", headers=fix_web.OPERATOR)
    assert missing.status_code == 404
    assert "not live" in missing.json()["detail"]


@pytest.mark.parametrize("threshold", ["0", "-0.1", "1.01", "nan", "inf", "much"])
def test_a_threshold_that_is_no_share_is_a_problem(app, threshold):
    answer = fix_web.ask(app, "POST", f"/memory/threshold/{threshold}", headers=fix_web.OPERATOR)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert read(app, "/journal")["rows"] == []


def test_the_threshold_is_set_and_stands_in_the_journal(app):
    assert fix_web.ask(app, "POST", "/memory/threshold/0.9", headers=fix_web.OPERATOR).status_code == 202
    (entry,) = read(app, "/journal")["rows"]
    assert (entry["by"], entry["action"]) == ("operator", "put_setting")
    assert {one["name"]: one["value"] for one in read(app, "/settings")["settings"]}["memory_threshold"] == 0.9


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("slow_response_ms", {"value": 50}, 200),
        ("slow_response_ms", {"value": None}, 200),
        ("objectives", {"value": {"GET /orders/{order_id}": 250}}, 200),
        ("slow_response_ms", {"value": -1}, 422),
        ("slow_response_ms", {}, 422),
        ("service", {"value": "other"}, 422),
        ("viewer_token", {"value": "x" * 30}, 404),
        ("speed", {"value": 1}, 404),
    ],
)
def test_a_setting_is_put_or_the_problem_says_why_not(app, name, body, status):
    answer = fix_web.ask(app, "PUT", f"/settings/{name}", json=body, headers=fix_web.OPERATOR)
    assert answer.status_code == status, answer.text
    assert fix_web.VIEWER_TOKEN not in answer.text


def test_a_viewer_reads_all_of_it_and_changes_nothing(app):
    for path in ("/jobs", "/journal", "/settings"):
        assert read(app, path)
    changes = [
        ("POST", "/memory/gc"),
        ("POST", "/memory/threshold/0.5"),
        ("POST", "/jobs/x/cancel"),
        ("PUT", "/settings/slow_response_ms"),
    ]
    asked = [(method, path, {"headers": fix_web.VIEWER, "json": {"value": 1}}) for method, path in changes]
    assert [answer.status_code for answer in fix_web.ask_all(app, asked)] == [403] * 4


def test_a_job_that_is_not_there_is_a_problem(app):
    for method, path in (("GET", "/jobs/nothing"), ("POST", "/jobs/nothing/cancel")):
        assert fix_web.ask(app, method, path, headers=fix_web.OPERATOR).status_code == 404
