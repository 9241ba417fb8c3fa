"""The contract with the original design, second part: the currency, and where we leave the original on purpose.

What belongs to a later feature stands as an expected failure with the reason, and the suite fails when it is kept and
still stands there.
"""

from __future__ import annotations

import platform
import re
from concurrent import futures
from importlib import util

import pytest
from tests.end_to_end import fix_contract

from paceline import errors
from paceline.demo import watched

ADVISOR = "indexes are proposed once the advisor is there"
MAINTENANCE = "maintenance is planned, not yet executed"
LIMITERS = "nothing is refused until there are limiters"
BROWSER = "bundles are measured once the browser is observed"
REMEDIES = "a finding tells its remedy in words and is not applied yet"
ON_THRESHOLD = "memory_on_threshold takes only warn so far"

OPERATOR_ONLY = (
    ("POST", "/clear-metrics"),
    ("POST", "/memory/gc"),
    ("POST", "/memory/threshold/0.9"),
    ("POST", "/database/optimize"),
    ("PUT", "/settings/slow_response_ms"),
    ("POST", "/jobs/none/cancel"),
    ("GET", "/database/samples/a1c93e7d2b60f418"),
)
FOR_VIEWERS = (
    "/overview", "/health", "/database/stats", "/database/slow-queries", "/database/frequency", "/database/info",
    "/database/missing-indexes", "/database/health", "/api/stats", "/api/slow-requests", "/memory/stats", "/findings",
    "/journal", "/jobs", "/settings", "/traces", "/timeseries?metric=requests", "/live?poll=1", "/openapi.json",
)  # fmt: skip
ORIGINAL_NAMES = ("nodeVersion", "totalQueries", "averageExecutionTime", "heapUsed", "usagePercentage", "arrayBuffers")
BARE = re.compile(r"^(ANALYZE|VACUUM|REINDEX)[^.]*$", re.IGNORECASE)


def stats(shop, **more):
    return shop.answer("/api/stats", since=shop.since, top=1_000, **more)


@pytest.fixture
def reading(shop):
    """A way to read the shop's store with settings of one's own."""
    made = []

    def read(**settings):
        made.append(fix_contract.Paceline(service=watched.SERVICE, store=shop.store, **settings))
        return made[-1]

    yield read
    for each in made:
        each.stop()


@pytest.fixture(scope="module")
def acted(shop):
    """What came of one of each action that reaches into all workers; done at once, as each waits for the next flush."""
    with futures.ThreadPoolExecutor() as hands:
        collect, warn, plan, change = (
            hands.submit(shop.rest, "/memory/gc", "POST"),
            hands.submit(shop.rest, "/memory/threshold/0.00001", "POST"),
            hands.submit(shop.rest, "/database/optimize", "POST", json={"force": True, "tables": ["public.orders"]}),
            hands.submit(shop.rest, "/settings/memory_check_seconds", "PUT", json={"value": 1}),
        )
    yield {
        "gc": shop.finished(collect.result()),
        "threshold": shop.finished(warn.result()),
        "optimize": plan.result(),
        "setting": change.result().json(),
    }
    with futures.ThreadPoolExecutor() as hands:
        names = ("/settings/memory_threshold", "/settings/memory_check_seconds")
        taken_back = hands.map(lambda name: shop.rest(name, "PUT", json={"value": None}).status_code, names)
        assert list(taken_back) == [200, 200]


# --- the currency


def test_a_single_execution_is_slow_beyond_the_threshold_and_past_counts_follow_a_new_one(shop, reading):
    found, stricter = stats(shop), reading(slow_response_ms=0.01, slow_statement_ms=0.001)

    assert (found["slow_response_ms"], found["objective_p95_ms"]) == (200, 100)
    assert 1 <= found["slow_requests"] <= found["over_objective_requests"] < found["total_requests"]
    assert stricter.api_stats(since=shop.since).slow_requests == found["total_requests"]
    statements = stricter.database_stats(since=shop.since)
    assert statements.slow_statements == statements.total_statements > 1


def test_over_objective_counts_requests_longer_than_the_objective_of_their_route(shop, reading):
    own = reading(objective_p95_ms=60_000, objectives={"GET /": 0.001}).api_stats(since=shop.since, top=1_000)

    assert own.over_objective_requests == shop.counted["GET /"]
    assert reading(objective_p95_ms=60_000).api_stats(since=shop.since).over_objective_requests == 0


def test_error_rates_are_of_all_requests_side_by_side(shop, reading):
    found, total = stats(shop), sum(shop.counted.values())
    client = sum(count for status, count in shop.codes.items() if status.startswith("4"))
    server = sum(count for status, count in shop.codes.items() if status.startswith("5"))

    assert client > 0
    assert found["error_rate_percent"] == pytest.approx(100 * (client + server) / total, abs=0.01)
    assert found["client_error_rate_percent"] == pytest.approx(100 * client / total, abs=0.01)
    assert found["server_error_rate_percent"] == pytest.approx(100 * server / total, abs=0.01)
    assert (
        reading(error_status_from=500).api_stats(since=shop.since).error_rate_percent
        == (found["server_error_rate_percent"])
    )


def test_who_leaves_early_is_no_error(shop):
    found = stats(shop)
    client = sum(count for status, count in shop.codes.items() if status.startswith("4"))

    assert found["outcomes"]["aborted_by_client"] == shop.left > 0
    assert found["outcomes"]["client_error"] == client
    assert sum(found["outcomes"].values()) == found["total_requests"]


@pytest.mark.xfail(strict=True, reason=LIMITERS)
def test_what_our_own_limiters_refuse_is_no_error():
    assert util.find_spec("paceline.accelerate.limits"), "with them, refuse requests here and see that none is an error"


def test_findings_without_a_price_have_a_band_of_their_own_and_nothing_sums_prices(shop):
    found = shop.answer("/findings")

    assert [row["kind"] for row in found["rows"] if row["waiting_seconds_per_hour"] is None]
    assert all(row["band"] == "unpriced" for row in found["rows"] if row["waiting_seconds_per_hour"] is None)
    assert not {name for name in found if "waiting" in name}


# --- parameters, averages and percentiles


def test_parameters_are_not_kept_by_default_only_their_types(shop):
    row = shop.answer("/database/slow-queries", by="execution", since=shop.since)["rows"][0]
    samples = shop.answer(f"/database/samples/{row['fingerprint']}")

    assert row["parameter_types"]
    assert (samples["mode"], samples["samples"]) == ("types", [])
    assert "= $1" in row["statement"] or "= ?" in row["statement"]


@pytest.mark.parametrize(("path", "rows"), [("/api/stats", "slowest_endpoints"), ("/database/stats", "slowest")])
def test_slowest_is_by_share_and_the_original_order_is_one_word_away(shop, path, rows):
    def column(name, **more):
        return [row[name] for row in shop.answer(path, since=shop.since, **more)[rows]]

    assert column("share_percent") == sorted(column("share_percent"), reverse=True)
    assert column("average_ms", sort="average") == sorted(column("average_ms", sort="average"), reverse=True)
    assert len(column("share_percent")) == 10
    assert len(column("share_percent", top=3)) == 3


# --- who may


@pytest.mark.parametrize("path", FOR_VIEWERS)
def test_a_route_needs_a_token_and_reading_takes_no_more(shop, path):
    assert shop.rest(path, headers={}).status_code == 404
    assert shop.rest(path, headers={"Authorization": "Bearer no"}).status_code == 404
    assert shop.rest(path, headers=fix_contract.VIEWER).status_code == 200


@pytest.mark.parametrize(("method", "path"), OPERATOR_ONLY)
def test_what_changes_something_needs_an_operator(shop, method, path):
    assert shop.rest(path, method, headers={}).status_code == 404
    assert shop.rest(path, method, headers=fix_contract.VIEWER).status_code == 403


# --- actions reach all workers


def test_a_collection_runs_in_all_workers_and_says_what_it_freed(shop, acted):
    job = acted["gc"]

    assert (job["state"], job["by"]) == ("done", "operator")
    assert set(job["result"]["workers"]) == shop.pids
    for one in job["result"]["workers"].values():
        assert fix_contract.missing(one, ["freed_objects", "freed_bytes", "pause_ms"]) == []
    assert shop.python.job(job["id"]).kind == job["kind"]


def test_the_threshold_is_set_in_all_workers_and_warns_without_collecting(shop, acted):
    assert acted["threshold"]["result"] == {
        "threshold": 0.00001,
        "workers": {pid: {"state": "done"} for pid in shop.pids},
    }
    memory = shop.answer("/memory/stats")
    assert memory["usage"]["over_threshold"]
    assert all(one["usage"]["over_threshold"] for one in memory["workers"])
    warned = fix_contract.eventually(lambda: "see /memory/stats" in (shop.folder / "log").read_text() and True, 6)
    assert warned
    assert {one["name"]: one["value"] for one in shop.answer("/settings")["settings"]}["memory_on_threshold"] == "warn"


@pytest.mark.parametrize("wrong", ["0", "1.01", "-0.5", "most"])
def test_a_threshold_is_above_0_and_at_most_1(shop, wrong):
    assert shop.rest(f"/memory/threshold/{wrong}", "POST").status_code == 422


@pytest.mark.xfail(strict=True, reason=ON_THRESHOLD)
@pytest.mark.parametrize("what", ["collect_idle", "trim", "recycle"])
def test_what_happens_beyond_the_threshold_can_be_chosen(shop, what):
    assert shop.rest("/settings/memory_on_threshold", "PUT", json={"value": what}).status_code == 200


def test_every_action_is_in_the_journal(shop, acted):
    entries = {entry["action"]: entry for entry in shop.answer("/journal")["rows"]}

    assert {"collect_garbage", "put_setting"} <= set(entries)
    promised = ["id", "at", "by", "action", "arguments", "result", "undo", "statements"]
    assert all(fix_contract.missing(entry, promised) == [] for entry in entries.values())
    assert fix_contract.settled(fix_contract.told(shop.python.journal())) == fix_contract.settled(
        shop.answer("/journal")
    )


# --- maintenance


def test_optimize_answers_202_and_a_job(shop, acted):
    assert acted["optimize"].status_code == 202
    assert shop.finished(acted["optimize"])["state"] == "done"


def test_optimize_is_a_dry_run_with_one_statement_for_each_table_and_a_reason_for_each_step(shop, acted):
    plan = shop.finished(acted["optimize"])["result"]

    assert plan["dry_run"]
    assert {step["operation"] for step in plan["steps"]} == {"analyze", "vacuum", "reindex"}
    assert not [step["statement"] for step in plan["steps"] if BARE.match(step["statement"])]
    assert all(step["state"] == "planned" or step["reason"] for step in plan["steps"])
    assert all(step["why"] for step in plan["steps"])


def test_optimize_by_need_leaves_out_what_needs_nothing(shop):
    plan = shop.finished(shop.rest("/database/optimize", "POST", json={"operations": ["reindex"]}))["result"]

    assert not [step for step in plan["steps"] if step["state"] == "planned" and not step["need"]["needed"]]
    assert fix_contract.missing(plan, ["not_needed"]) == []


@pytest.mark.parametrize("body", [{"operations": ["drop"]}, {"tables": "orders"}, {"full": True}])
def test_optimize_refuses_what_it_does_not_know(shop, body):
    assert shop.rest("/database/optimize", "POST", json=body).status_code == 422


def test_a_job_with_a_failed_step_is_failed_and_says_why(shop):
    job = shop.finished(shop.rest("/database/optimize", "POST", json={"tables": ["public.nothing"]}))

    assert job["state"] == "failed"
    assert "public.nothing" in job["error"]


def test_optimize_does_not_pretend_to_apply(shop):
    refused = shop.rest("/database/optimize", "POST", json={"apply": True})

    assert refused.status_code == 501
    assert "by hand" in refused.json()["detail"]
    with pytest.raises(errors.UsageError, match="by hand"):
        shop.python.optimize(apply=True)


@pytest.mark.xfail(strict=True, reason=MAINTENANCE)
def test_optimize_applies_when_it_is_told(shop):
    wanted = {"operations": ["analyze"], "tables": ["public.orders"], "force": True, "apply": True}
    job = shop.finished(shop.rest("/database/optimize", "POST", json=wanted))

    assert [step["state"] for step in job["result"]["steps"]] == ["done"]


@pytest.mark.xfail(strict=True, reason=REMEDIES)
@pytest.mark.parametrize("what", ["apply", "undo"])
def test_a_finding_is_applied_and_undone(shop, what):
    finding = shop.answer("/findings")["rows"][0]

    assert shop.rest(f"/findings/{finding['id']}/{what}", "POST").status_code == 202


# --- memory


def test_usage_is_of_the_real_limit_and_the_answer_says_which(shop):
    usage = shop.answer("/memory/stats")["usage"]

    assert usage["limit_kind"] in {"cgroup", "rlimit", "physical"}
    assert usage["usage_percent"] == pytest.approx(100 * usage["usage"]["bytes"] / usage["limit"]["bytes"], abs=0.1)


def test_heap_fields_have_the_nearest_meaning_and_sizes_are_1024_based(shop):
    for part in (memory := shop.answer("/memory/stats"), *memory["workers"]):
        for which in ("current", "average", "peak"):
            levels = {name: size["bytes"] for name, size in part[which].items()}
            assert 0 < levels["heap_used"] <= levels["heap_reserved"] < levels["rss"]
    rss = memory["current"]["rss"]
    assert rss["formatted"] == f"{rss['bytes'] / 1024**2:.1f} MB"


# --- the database


@pytest.mark.xfail(strict=True, reason=ADVISOR)
def test_missing_indexes_come_from_plans(shop):
    promised = (
        "rows[].table rows[].columns rows[].kind rows[].statements rows[].gain rows[].size.bytes rows[].write_cost"
    )

    assert fix_contract.missing(shop.answer("/database/missing-indexes"), promised.split()) == []


def test_until_then_missing_indexes_say_why_there_are_none(shop):
    answer = shop.answer("/database/missing-indexes")

    assert answer["limit"] == 20
    assert answer["skipped"]["reason"]
    assert answer["skipped"]["how_to_enable"]


def test_connections_are_told_by_state(shop):
    told = shop.answer("/database/info")["connections"]
    states = ("active", "idle", "idle_in_transaction", "idle_in_transaction_aborted", "other")

    assert told["total"] == sum(told[state] for state in states) > 1
    assert told["active"] >= 1  # the one that asks
    assert told["limit"] > told["total"]


def test_tables_and_indexes_are_of_all_schemas_of_users(shop):
    def schemas(what, **more):
        return {row["schema"] for row in shop.answer("/database/info", limit=1_000, **more)[what]}

    assert schemas("tables") == schemas("indexes") == {"public", "warehouse"}
    assert schemas("tables", schema="warehouse") == {"warehouse"}


# --- the rest


def test_names_of_the_original_are_gone(shop):
    everything = "".join(shop.rest(path).text for path in FOR_VIEWERS)

    assert [name for name in ORIGINAL_NAMES if f'"{name}"' in everything] == []
    assert shop.answer("/overview")["system"]["python_version"] == platform.python_version()


def test_no_route_rebuilds_a_bundle(shop):
    assert not [path for path in shop.answer("/openapi.json")["paths"] if "bundle" in path]


@pytest.mark.xfail(strict=True, reason=BROWSER)
def test_bundles_are_measured():
    assert util.find_spec("paceline.observe.browser"), "with it, load a page with a large bundle here and find it told"
