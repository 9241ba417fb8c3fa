"""The contract with the original design, first part: what REST gives, on one worker and on four, and Python the same.

The lists are in the order of the design's table. What belongs to a later feature stands as an expected failure with
the reason, and the suite fails when it is kept and still stands there.
"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from urllib import parse

import httpx
import pytest
from tests.end_to_end import fix_contract

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "from-the-original.md"
TRAFFIC = "<since the visitors came>"
PERCENTILES = "average_ms p50_ms p95_ms p99_ms"
LEVELS = "rss.bytes rss.formatted heap_reserved.bytes heap_used.bytes native.bytes large_blocks.bytes"
EACH_LEVEL = [f"{which}.{level}" for which in ("current", "average", "peak") for level in LEVELS.split()]
RANGE = "range.since range.until range.seconds range.n range.workers range.folded range.dropped"

ANSWERS = {
    "/overview": (
        "overview", {},
        "database.total_statements database.slow_statements database.average_ms "
        "api.total_requests api.slow_requests api.over_objective_requests api.average_ms api.p95_ms "
        "api.error_rate_percent memory.rss.bytes memory.rss.formatted memory.usage_percent memory.limit_kind "
        "system.service_uptime_seconds system.workers[].uptime_seconds system.workers[].cpu_percent "
        "system.python_version system.platform system.cores system.host_cpu_percent system.cpu_limit_cores "
        "system.throttled_ms system.load_average system.pressure system.disk_free.bytes system.descriptors "
        f"health.status health.checks[].name health.checks[].status own_cost.cpu_percent own_cost.ns_per_request {RANGE}",
    ),
    "/health": ("health", {}, f"status checks[].name checks[].status checks[].detail {RANGE}"),
    "/database/stats": (
        "database_stats", {"since": TRAFFIC},
        f"total_statements slow_statements slow_statement_ms {PERCENTILES} slowest[].statement slowest[].count "
        "slowest[].average_ms slowest[].p95_ms slowest[].share_percent frequency[].statement frequency[].count "
        f"{RANGE}",
    ),
    "/database/slow-queries": (
        "slow_queries", {"by": "statement", "since": TRAFFIC},
        "rows[].fingerprint rows[].statement rows[].route rows[].call_site rows[].count rows[].average_ms rows[].p50_ms "
        f"rows[].p95_ms rows[].p99_ms rows[].share_percent rows[].slow_executions next_cursor total {RANGE}",
    ),
    "/database/slow-queries?by=execution": (
        "slow_queries", {"by": "execution", "since": TRAFFIC},
        "rows[].at rows[].duration_ms rows[].statement rows[].route rows[].call_site rows[].rows rows[].worker "
        f"rows[].trace_id next_cursor total {RANGE}",
    ),
    "/api/slow-requests": (
        "slow_requests", {"by": "execution", "since": TRAFFIC},
        "rows[].at rows[].method rows[].route rows[].status rows[].duration_ms rows[].worker rows[].trace_id "
        f"next_cursor total {RANGE}",
    ),
    "/api/slow-requests?by=route": (
        "slow_requests", {"by": "route", "since": TRAFFIC},
        f"rows[].endpoint rows[].method rows[].count rows[].slow_requests rows[].share_percent {RANGE}",
    ),
    "/database/frequency": (
        "frequency", {"since": TRAFFIC},
        "rows[].fingerprint rows[].statement rows[].count rows[].average_ms rows[].total_ms rows[].p95_ms "
        f"rows[].share_percent next_cursor total {RANGE}",
    ),
    "/database/info": (
        "database_info", {},
        "databases[].name databases[].size.bytes databases[].size.formatted tables[].schema tables[].name "
        "tables[].rows_estimate tables[].total.bytes tables[].total.formatted tables_total indexes[].schema "
        "indexes[].table indexes[].name indexes[].definition indexes[].size.bytes indexes[].scans indexes_total "
        "connections.active connections.idle connections.idle_in_transaction connections.total connections.limit "
        "version extensions[].name settings[].name settings[].value unavailable",
    ),
    "/database/missing-indexes": ("missing_indexes", {}, "limit skipped.reason skipped.how_to_enable"),
    "/database/health": (
        "database_health", {}, "status checks[].name checks[].status checks[].findings checks[].reason ok finding skipped"
    ),
    "/api/stats": (
        "api_stats", {"since": TRAFFIC},
        f"total_requests slow_requests over_objective_requests {PERCENTILES} error_rate_percent "
        "server_error_rate_percent client_error_rate_percent status_codes slowest_endpoints[].endpoint "
        "slowest_endpoints[].method slowest_endpoints[].count slowest_endpoints[].average_ms slowest_endpoints[].p50_ms "
        "slowest_endpoints[].p95_ms slowest_endpoints[].p99_ms slowest_endpoints[].share_percent outcomes.ok "
        f"outcomes.client_error outcomes.server_error outcomes.aborted_by_client outcomes.limited apdex {RANGE}",
    ),
    "/memory/stats": (
        "memory_stats", {"since": TRAFFIC},
        " ".join([
            *EACH_LEVEL, *(f"workers[].{level}" for level in EACH_LEVEL), "peak_since_start.bytes usage_percent",
            "limit_kind usage.limit.bytes workers[].peak_since_start.bytes workers[].usage.usage_percent gc.collections",
            f"gc.pause_ms allocator.allocated_blocks classification unavailable {RANGE}",
        ]),
    ),
    "/findings": (
        "findings", {},
        "rows[].id rows[].kind rows[].subject rows[].title rows[].severity rows[].waiting_seconds_per_hour "
        "rows[].evidence[].name rows[].evidence[].value rows[].remedy.action rows[].remedy.arguments total skipped",
    ),
    "/traces": (
        "traces", {"since": TRAFFIC},
        "rows[].trace_id rows[].at rows[].method rows[].route rows[].status rows[].duration_ms rows[].kept_because "
        f"next_cursor {RANGE}",
    ),
    "/timeseries": (
        "timeseries", {"metric": "requests", "since": TRAFFIC},
        f"metric unit step_seconds points[].at points[].value points[].n {RANGE}",
    ),
    "/live": ("live", {"poll": 1}, f"cursor tiles.requests_per_second endpoints statements {RANGE}"),
}  # fmt: skip
"""Path, the method of the same answer in Python, what to ask with, and the promised fields."""

COUNTED = {
    "/database/stats", "/database/slow-queries", "/database/slow-queries?by=execution", "/database/frequency",
    "/api/stats", "/api/slow-requests", "/api/slow-requests?by=route", "/traces", "/database/missing-indexes",
}  # fmt: skip
"""Answers that stay the same once the visitors have left; the others tell of now."""

OPERATIONS = (
    "GET /overview", "GET /health", "GET /database/stats", "GET /database/slow-queries", "GET /api/slow-requests",
    "GET /database/frequency", "POST /database/optimize", "GET /database/info", "GET /database/missing-indexes",
    "GET /database/health", "GET /api/stats", "GET /memory/stats", "POST /memory/gc",
    "POST /memory/threshold/{threshold}", "POST /clear-metrics", "GET /findings", "GET /journal", "GET /jobs/{job_id}",
    "GET /traces", "GET /traces/{trace_id}", "GET /timeseries", "GET /live",
)  # fmt: skip

LISTS = {
    "/database/slow-queries": 10,
    "/database/slow-queries?by=execution": 10,
    "/api/slow-requests": 100,
    "/api/slow-requests?by=route": 100,
    "/database/frequency": 100,
    "/traces": 100,
}
"""Each list with the rows that it gives by default."""

SUMMARIES = ("/database/stats", "/api/stats")
TIMED = re.compile(r"(average|p50|p95|p99|max|duration|pause|uptime|threshold|waiting)")
UNITS = ("_ms", "_seconds", "_percent", "_per_hour", "_ns", "_bytes", "_count")


def parameters_of(shop, path):
    return {name: shop.since if value is TRAFFIC else value for name, value in ANSWERS[path][1].items()}


def asked(shop, path, **more):
    return shop.answer(path.partition("?")[0], **parameters_of(shop, path), **more)


def asked_in_python(shop, path):
    parameters = parameters_of(shop, path)
    parameters.pop("poll", None)
    return fix_contract.told(getattr(shop.python, ANSWERS[path][0])(**parameters))


# --- the fields


@pytest.mark.parametrize("path", ANSWERS)
def test_every_promised_field_is_there(shop, path):
    promised = ANSWERS[path][2].split()

    assert fix_contract.missing(asked(shop, path), promised) == []
    assert fix_contract.missing(asked_in_python(shop, path), promised) == []


@pytest.mark.parametrize("path", ANSWERS)
def test_rest_and_python_say_the_same(shop, path):
    over_http, in_python = asked(shop, path), asked_in_python(shop, path)

    assert set(over_http) == set(in_python)
    if path in COUNTED:
        assert fix_contract.settled(over_http) == fix_contract.settled(in_python)


def test_the_command_line_says_the_same_as_json(shop):
    done = shop.command("top", "--json", "--since", shop.since, "--limit", "10")
    said = json.loads(done.stdout)

    assert done.returncode == 0
    assert fix_contract.settled(said["api"]) == fix_contract.settled(asked(shop, "/api/stats"))
    assert fix_contract.settled(said["database"]) == fix_contract.settled(asked(shop, "/database/stats"))
    assert fix_contract.missing(said["overview"], ANSWERS["/overview"][2].split()) == []


def test_one_kept_request_is_told_with_its_statements(shop):
    slow = asked(shop, "/database/slow-queries?by=execution")["rows"][0]
    told = shop.answer(f"/traces/{slow['trace_id']}")

    promised = (
        "trace_id method route status outcome duration_ms spans[].statement spans[].duration_ms spans[].call_site"
    )
    assert fix_contract.missing(told, promised.split()) == []
    assert told == fix_contract.told(shop.python.trace(slow["trace_id"])) | {"range": told["range"]}


def test_the_live_view_is_a_stream_of_events(shop):
    url = f"http://127.0.0.1:{shop.port}/performance/live"
    with httpx.stream("GET", url, headers=fix_contract.VIEWER, timeout=10) as stream:
        lines = stream.iter_lines()
        event = next(line for line in lines if line.startswith("event:"))
        data = next(line for line in lines if line.startswith("data:"))

    assert (stream.headers["content-type"].partition(";")[0], event) == ("text/event-stream", "event: frame")
    assert fix_contract.missing(json.loads(data.removeprefix("data:")), ANSWERS["/live"][2].split()) == []


# --- the numbers


def test_totals_equal_what_the_visitors_sent(shop):
    expected = shop.counted
    stats = asked(shop, "/api/stats", top=1_000)

    assert stats["total_requests"] == sum(expected.values())
    assert {f"{row['method']} {row['endpoint']}": row["count"] for row in stats["slowest_endpoints"]} == expected
    assert stats["status_codes"] == shop.codes
    assert len(stats["range"]["workers"]) <= shop.workers
    assert stats["range"]["n"] == stats["total_requests"]
    assert set(stats["range"]["dropped"]) <= {"traces"}, "kept requests are bounded, numbers are not"


def test_workers_together_are_the_sum_of_each(shop):
    workers = [one["worker"] for one in shop.answer("/overview")["system"]["workers"]]
    each = [asked(shop, "/api/slow-requests?by=route", worker=one) for one in workers]

    assert len(workers) == shop.workers
    assert sum(row["count"] for part in each for row in part["rows"]) == sum(shop.counted.values())
    assert {one["worker"] for one in shop.answer("/memory/stats")["workers"]} == set(workers)


def test_slow_statements_are_in_the_log_and_in_the_counts(shop):
    log = asked(shop, "/database/slow-queries?by=execution", limit=1_000)["rows"]
    row, first = [one for one in log if one["route"] == fix_contract.WAITED]
    by_statement = {one["fingerprint"]: one for one in asked(shop, "/database/slow-queries", limit=1_000)["rows"]}
    slow = {one["trace_id"] for one in asked(shop, "/api/slow-requests", limit=1_000)["rows"]}

    assert min(row["duration_ms"], first["duration_ms"]) > 1_000
    assert row["at"] >= first["at"]
    assert row["fingerprint"] == first["fingerprint"]
    assert by_statement[row["fingerprint"]]["slow_executions"] == 2
    assert asked(shop, "/database/stats")["slow_statements"] == len(log)
    assert row["trace_id"] in slow


def test_a_slow_execution_is_a_warning_of_the_slow_logger(shop):
    said = (shop.folder / "log").read_text()

    assert "slow statement " in said
    assert "/products/{product_id}/reviews" in said
    assert "/products/17" not in said


def test_frequency_is_by_count_and_has_every_statement(shop):
    rows = asked(shop, "/database/frequency", limit=1_000)["rows"]
    counts = [row["count"] for row in rows]

    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == asked(shop, "/database/stats")["total_statements"]


# --- the form of it all


def test_everything_is_described_under_the_prefix(shop):
    document = shop.answer("/openapi.json")
    described = {f"{method.upper()} {path}" for path, told in document["paths"].items() for method in told}
    (server,) = document["servers"]

    assert parse.urljoin("/performance/openapi.json", server["url"]) == "/performance/"
    assert [one for one in OPERATIONS if one not in described] == []


def test_the_page_about_the_original_names_only_what_is_there(shop):
    """Fields, parameters, settings and words of enumerations, in the column that says what is now."""
    rows = [line.split("|", 2)[2] for line in PAGE.read_text().splitlines() if line.startswith("|")]
    named = {part for row in rows for word in re.findall(r"`([a-z_0-9.]+)`", row) for part in word.split(".")}
    there = set(re.findall(r'"([a-z_0-9]+)"', shop.rest("/openapi.json").text + shop.rest("/settings").text))

    assert len(named) > 70
    assert named - there == set()


@pytest.mark.parametrize("path", ANSWERS)
def test_names_are_in_snake_case_and_times_carry_their_unit(shop, path):
    def fields(value):
        if isinstance(value, list):
            yield from (found for part in value for found in fields(part))
        if isinstance(value, dict):
            for name, part in value.items():
                yield name, part
                yield from fields(part) if name not in {"status_codes", "arguments", "facts"} else ()

    for name, value in fields(asked(shop, path)):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name), name
        if isinstance(value, float) and TIMED.match(name):
            assert name.endswith(UNITS), name


@pytest.mark.parametrize("path", LISTS)
def test_a_list_goes_from_page_to_page(shop, path):
    """`limit`, `cursor`, `sort` and `worker` are there, and the pages together are the list."""
    whole = asked(shop, path, limit=1_000)["rows"]
    rows, cursor = [], None
    while len(rows) < len(whole):
        page = asked(shop, path, limit=25, **({"cursor": cursor} if cursor else {}))
        rows, cursor = rows + page["rows"], page["next_cursor"]
    sort = "duration" if path.startswith("/traces") or "rows[].at" in ANSWERS[path][2] else "average"

    assert fix_contract.settled(rows) == fix_contract.settled(whole)
    assert cursor is None
    assert len(asked(shop, path)["rows"]) == min(len(whole), LISTS[path])
    assert len(asked(shop, path, sort=sort, limit=1_000)["rows"]) == len(whole)
    assert asked(shop, path, worker="nobody")["rows"] == []


@pytest.mark.parametrize("path", [*LISTS, *SUMMARIES])
def test_a_range_is_an_hour_unless_said_otherwise(shop, path):
    plain = {name: value for name, value in parameters_of(shop, path).items() if name != "since"}
    hour = shop.answer(path.partition("?")[0], **plain)["range"]["seconds"]

    assert 3_600 <= hour < 3_600 + 120  # the ends lie on the grid of what is kept
    for since in ("15m", "24h", "2026-01-31T12:00:00Z"):
        assert shop.answer(path.partition("?")[0], **plain | {"since": since})["range"]["n"] > 0


@pytest.mark.parametrize("wrong", ["-1", "0", "1001", "many", "1.5"])
@pytest.mark.parametrize("path", [*LISTS, *SUMMARIES, "/findings", "/database/missing-indexes", "/database/info"])
def test_a_number_that_makes_no_sense_is_a_problem_that_names_it(shop, path, wrong):
    name = "top" if path in SUMMARIES else "limit"
    refused = shop.rest(path.partition("?")[0], params={name: wrong})

    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert fix_contract.missing(problem, ["type", "title", "detail", "errors[].message"]) == []
    assert (problem["status"], [one["parameter"] for one in problem["errors"]]) == (422, [name])


@pytest.mark.parametrize("since", ["-15m", "soon", "15", "2026-01-31", "999999999999d"])
def test_a_range_that_makes_no_sense_is_a_422(shop, since):
    assert shop.rest("/api/stats", params={"since": since}).status_code == 422


def test_health_decides_the_status(shop):
    answer = shop.rest("/health")

    assert answer.status_code == (503 if answer.json()["status"] == "failing" else 200)
    assert {one["status"] for one in answer.json()["checks"]} <= {"ok", "degraded", "failing"}


def test_an_answer_is_typed_and_cannot_be_changed(shop):
    for path in ANSWERS:
        parameters = {name: value for name, value in parameters_of(shop, path).items() if name != "poll"}
        answer = getattr(shop.python, ANSWERS[path][0])(**parameters)
        assert dataclasses.is_dataclass(answer), path
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(answer, dataclasses.fields(answer)[0].name, None)
