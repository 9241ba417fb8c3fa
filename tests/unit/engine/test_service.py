"""The service over a real store: windows in, answers out."""

import dataclasses
import json
import threading
import typing

import pytest
from tests import fix_measurements as made

from paceline import clock as clocks
from paceline import errors
from paceline.engine import service
from paceline.engine.answers import json_form, ranges, timeseries
from paceline.engine.control import answering
from paceline.telemetry import recorder as recorders
from paceline.telemetry import records as r
from paceline.telemetry import settings as settings_
from paceline.telemetry import traces
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface, opening

MB = 1024 * 1024
GAUGES = {
    "memory.rss": 100 * MB,
    "memory.peak_rss": 120 * MB,
    "memory.heap_reserved": 50 * MB,
    "memory.heap_used": 40 * MB,
    "memory.large_blocks": 1 * MB,
    "memory.allocated_blocks": 300_000,
    "memory.usage": 512 * MB,
    "memory.limit": 1024 * MB,
    "memory.usage_ratio": 0.5,
    "gc.pause_ms": 1.5,
    "gc.collections": 30,
    "gc.collected": 400,
    "gc.uncollectable": 0,
    "cpu.process_percent": 20.0,
    "cpu.host_percent": 35.0,
    "descriptors.open": 12,
    "threads": 4,
}
TOLD = {
    "pid": 4242,
    "started_ms": made.NOW_MS - 600_000,
    "python_version": "3.13.1",
    "implementation": "cpython",
    "platform": "Linux",
    "cores": 8,
    "cpu_limit_cores": None,
    "limit_kind": "cgroup",
    "limit_bytes": 1024 * MB,
    "gc_thresholds": [700, 10, 10],
    "gc_enabled": True,
    "version": "1.2",
    "environment": "production",
    "probe_ns_per_request": 1_000.0,
    "probe_ns_per_statement": 500.0,
    "unavailable": {"native_bytes": "cannot be told apart here"},
}


@pytest.fixture
def clock():
    return clocks.FakeClock(made.NOW_MS)


@pytest.fixture
def store(tmp_path, clock):
    found = opening.open_store(f"sqlite:///{tmp_path}/shop.db", service="shop", clock=clock)
    yield found
    found.close()


@pytest.fixture
def asked(store, clock):
    return service.Service(store, settings_.TelemetrySettings(service="shop"), clock=clock, sleep=lambda _: None)


@pytest.fixture
def filled(store, asked):
    """Return the service over a minute of two workers; the last window ended 2 s ago."""
    slow = windows.Event(
        windows.SLOW_RESPONSE,
        made.NOW_MS - 5_000,
        {
            "method": "GET",
            "route": "/b",
            "outcome": "ok",
            "status": 200,
            "duration_ns": 250_000_000,
            "statements": 1,
            "trace_id": "t1",
        },
    )
    statement = windows.Event(
        windows.SLOW_STATEMENT,
        made.NOW_MS - 5_000,
        {
            "fingerprint": "f1",
            "route": "GET /b",
            "duration_ns": 1_500_000_000,
            "call_site": "shop/db.py:3 in load",
            "rows": 2,
            "trace_id": None,
        },
    )
    for start in range(made.NOW_MS - 60_000, made.NOW_MS - 2_000, 2_000):
        for worker in ("7", "8"):
            store.write(
                made.window(
                    start,
                    {("GET", "/a", "ok"): [10.0] * 4, ("GET", "/b", "server_error"): [250.0]},
                    {("f1", "GET /b"): [200.0], ("f2", "GET /a"): [1.0, 1.0]},
                    worker=worker,
                    gauges=GAUGES,
                )
            )
    for worker in ("7", "8"):
        told = windows.Event(windows.WORKER, made.NOW_MS - 60_000, TOLD)
        store.write(made.window(made.NOW_MS - 4_000, worker=worker, events=(told, slow, statement)))
    return asked


def test_every_answer_agrees_with_what_was_written(filled):
    api, database = filled.api_stats(), filled.database_stats()

    assert (api.total_requests, api.slow_requests, api.error_rate_percent) == (290, 58, 20.0)
    assert api.range.workers == ("7", "8")
    assert api.slowest_endpoints[0].endpoint == "/b"
    assert (database.total_statements, database.statements_per_request) == (174, 0.6)
    assert database.slowest[0].statement == "SELECT f1"
    assert database.slowest[0].call_site == "shop/db.py:3 in load"
    assert database.slowest[0].share_percent == pytest.approx(200 / 290 * 100, abs=0.01)
    assert [row.fingerprint for row in filled.frequency().rows] == ["f2", "f1"]


def test_a_single_worker_can_be_asked_for(filled):
    page = filled.slow_requests(by="route", worker="8")

    assert [row.count for row in page.rows] == [29, 116]
    assert page.range.workers == ("8",)


def test_the_slow_log_is_paged_newest_first(filled):
    first = filled.slow_requests(limit=1)
    second = filled.slow_requests(limit=1, cursor=first.next_cursor)

    assert (first.total, second.next_cursor) == (2, None)
    assert first.rows[0].id > second.rows[0].id
    assert (first.rows[0].duration_ms, first.rows[0].trace_id) == (250.0, "t1")
    assert [row.worker for row in filled.slow_requests(worker="7").rows] == ["7"]


def test_slow_executions_carry_text_and_call_site(filled):
    row = filled.slow_queries(by="execution").rows[0]

    assert (row.statement, row.duration_ms, row.call_site) == ("SELECT f1", 1_500.0, "shop/db.py:3 in load")


def test_a_threshold_changed_live_judges_the_past_anew(filled, store):
    store.put_setting("slow_response_ms", 300, "operator")
    store.put_setting("slow_statement_ms", "nonsense", "operator")

    assert filled.api_stats().slow_requests == 0
    assert filled.slow_requests().total == 0
    assert filled.database_stats().slow_statement_ms == 1_000


def test_memory_is_told_per_worker_and_together(filled):
    stats = filled.memory_stats()

    assert stats.current.rss is not None
    assert (stats.current.rss.bytes, stats.current.rss.formatted) == (200 * MB, "200.0 MB")
    assert (stats.usage_percent, stats.limit_kind) == (50.0, "cgroup")
    assert [(each.worker, each.pid, each.live) for each in stats.workers] == [("7", 4242, True), ("8", 4242, True)]
    assert stats.workers[0].peak_since_start.bytes == 120 * MB
    assert stats.workers[0].gc.thresholds == (700, 10, 10)
    assert stats.allocator.heap_free_percent == 20.0
    assert stats.current.native is None
    assert ranges.Unavailable("current.native", "cannot be told apart here") in stats.unavailable
    assert [each.worker for each in filled.memory_stats(worker="8").workers] == ["8"]


def test_a_live_memory_threshold_is_judged_at_once(filled, store):
    store.put_setting("memory_threshold", 0.4, "operator")

    assert filled.memory_stats().usage.over_threshold
    assert {check.name: check.status for check in filled.health().checks}["memory"] == "degraded"


def test_the_overview_holds_everything(filled):
    overview = filled.overview()

    assert overview.service == "shop"
    assert overview.api.total_requests == 290
    assert overview.database.total_statements == 174
    assert overview.memory.rss.bytes == 200 * MB
    assert (overview.system.python_version, overview.system.cores, overview.system.version) == ("3.13.1", 8, "1.2")
    assert overview.system.service_uptime_seconds == 600
    assert (overview.system.cpu_percent, overview.system.host_cpu_percent, overview.system.descriptors) == (
        40.0,
        35.0,
        24,
    )
    assert overview.system.disk_free is not None
    assert (overview.own_cost.probe_ns_per_request, overview.own_cost.probe_source) == (
        1_000 + 0.6 * 500,
        "measured_here",
    )
    assert overview.own_cost.cpu_percent is None
    assert "own_cost.cpu_percent" in {gap.field for gap in overview.unavailable}


def test_own_cost_is_per_request_and_of_one_core(filled, store):
    store.write(windows.Window("7", made.NOW_MS - 4_000, counters={(windows.OWN_COST, "cpu"): 290_000_000}))
    read = store.read(interface.Range(made.NOW_MS - 3_600_000, made.NOW_MS, kinds=("memory.rss",)))
    lived_s = sum(gauge.count for gauge in read.gauges.values()) * 2
    cost = filled.overview().own_cost

    assert cost.measured_ns_per_request == 1_000_000
    assert cost.cpu_percent == pytest.approx(0.29 / lived_s * 100, rel=0.01)


def test_health_follows_the_errors(filled):
    health = filled.health()

    assert health.status == "degraded"
    states = {check.name: check.status for check in health.checks}
    assert states == {
        "store": "ok",
        "windows": "ok",
        "memory": "ok",
        "errors": "degraded",
        "disk": states["disk"],
        "dropped": "ok",
    }


def test_workers_that_fell_silent_are_told(filled, clock):
    clock.advance(30)

    assert {check.name: check.status for check in filled.health().checks}["windows"] == "degraded"
    assert filled.memory_stats().current.rss is None
    assert not filled.memory_stats().workers[0].live


def test_an_empty_store_is_no_error(asked):
    assert asked.api_stats().total_requests == 0
    assert asked.database_stats().total_statements == 0
    assert asked.memory_stats().workers == ()
    assert asked.overview().api.p95_ms is None
    assert asked.live().tiles.requests_per_second == 0.0
    assert asked.traces().rows == ()
    assert asked.health().status == "degraded"


class Broken:
    """A store that cannot be read."""

    def __getattr__(self, name):
        def refuse(*_, **__):
            raise errors.StoreError("the store at shop.db cannot be read; check its permissions")

        return refuse


def test_a_store_that_cannot_be_read_shows_as_failing(clock):
    asked = service.Service(typing.cast("interface.Store", Broken()), settings_.TelemetrySettings(), clock=clock)

    assert asked.health().status == "failing"
    assert "cannot be read" in asked.overview().health.checks[0].detail
    with pytest.raises(errors.StoreError):
        asked.api_stats()


@pytest.mark.parametrize("metric", timeseries.METRICS)
def test_every_metric_is_a_series_of_equal_steps(filled, metric):
    series = filled.timeseries(metric, since="10m", step_seconds=60)

    assert series.step_seconds == 60
    assert len({b.at_ms - a.at_ms for a, b in zip(series.points, series.points[1:], strict=False)}) == 1
    assert len(series.points) in (10, 11)


def test_a_series_counts_what_was_written(filled):
    assert sum(point.value for point in filled.timeseries("requests", since="5m").points) == 290
    assert sum(point.value for point in filled.timeseries("errors", since="5m").points) == 58
    assert sum(point.value for point in filled.timeseries("requests", since="5m", route="/b").points) == 58
    assert sum(point.value for point in filled.timeseries("statements", since="5m", route="GET /a").points) == 116
    assert sum(point.value for point in filled.timeseries("requests", since="5m", worker="7").points) == 145
    assert filled.timeseries("memory_rss_bytes", since="5m").points[-3].value == 200 * MB
    assert filled.timeseries("request_p95_ms", since="10m").points[0].value is None


@pytest.mark.parametrize(
    "question",
    [
        lambda s: s.timeseries("nonsense"),
        lambda s: s.timeseries("cpu_percent", route="/a"),
        lambda s: s.timeseries("requests", step_seconds=1),
        lambda s: s.timeseries("requests", step_seconds=float("nan")),
        lambda s: s.timeseries("requests", since="30d", step_seconds=2),
        lambda s: s.api_stats(since="soon"),
        lambda s: s.api_stats(top=0),
        lambda s: s.slow_requests(by="statement"),
        lambda s: s.slow_queries(sort="nonsense"),
        lambda s: s.slow_queries(by="execution", sort="p95"),
        lambda s: s.frequency(limit=1_001),
        lambda s: s.traces(cursor="nonsense"),
        lambda s: s.trace("nonsense"),
        lambda s: s.clear_metrics("nonsense"),
        lambda s: s.collect_garbage("nobody"),
        lambda s: s.set_memory_threshold(2),
        lambda s: s.put_setting("nonsense", 1),
        lambda s: s.put_setting("service", "other"),
        lambda s: s.job("nonsense"),
        lambda s: s.jobs(cursor="nonsense"),
        lambda s: s.journal(cursor="nonsense"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_one_line(filled, question):
    with pytest.raises(errors.UsageError) as refused:
        question(filled)

    assert "\n" not in str(refused.value)


def test_a_trace_that_is_gone_is_not_found(asked):
    with pytest.raises(service.NotFound):
        asked.trace("0" * 32)


def test_traces_are_paged_and_opened(asked, store):
    span = traces.Span("f1", 1_000_000, 2_000_000, "shop/db.py:3 in load", 5)
    kept = tuple(
        traces.Trace(
            f"t{number}",
            made.NOW_MS - number * 1_000,
            "GET",
            "/a",
            200,
            "ok",
            number * 5_000_000,
            None,
            "7",
            "slow",
            spans=(span, span),
        )
        for number in range(1, 6)
    )
    store.write(windows.Window("7", made.NOW_MS - 4_000, traces=kept, texts={"f1": "SELECT f1"}))

    def pages(**wanted):
        page = asked.traces(limit=2, **wanted)
        yield from (row.trace_id for row in page.rows)
        while page.next_cursor is not None:
            page = asked.traces(limit=2, cursor=page.next_cursor, **wanted)
            yield from (row.trace_id for row in page.rows)

    assert list(pages()) == ["t1", "t2", "t3", "t4", "t5"]
    assert list(pages(sort="duration")) == ["t5", "t4", "t3", "t2", "t1"]
    assert list(pages(worker="7")) == list(pages())
    assert list(pages(worker="8")) == []
    with pytest.raises(errors.UsageError, match="another list or sort"):
        asked.traces(sort="duration", cursor=asked.traces(limit=2).next_cursor)
    detail = asked.trace("t1")
    assert (detail.duration_ms, detail.statement_ms, detail.spans[0].executions) == (5.0, 4.0, 2)
    assert detail.spans[0].statement == "SELECT f1"


def test_the_live_frame_is_the_last_minute_and_goes_on_from_its_cursor(filled, store, clock):
    frame = filled.live()

    assert frame.cursor == windows.grid(made.NOW_MS - 1_000)
    assert frame.tiles.error_rate_percent == 20.0
    assert frame.tiles.workers == 2
    assert frame.tiles.memory_rss_bytes == 200 * MB
    assert frame.endpoints[0].endpoint == "/b"
    assert frame.statements[0].statement == "SELECT f1"
    assert len(frame.points) == 30

    store.write(made.window(made.NOW_MS - 2_000, {("GET", "/a", "ok"): [10.0]}))
    clock.advance(2)
    following = filled.live(frame.cursor)

    assert [(point.at_ms, point.requests) for point in following.points] == [(frame.cursor, 1)]


def leave(store, worker):
    """Write the last window of a worker that ends in order."""
    said = windows.Event(windows.WORKER_LEFT, made.NOW_MS - 1, {})
    store.write(made.window(made.NOW_MS - 2_000, worker=worker, gauges=GAUGES, events=(said,)))


def test_a_worker_that_said_it_leaves_is_current_no_more_but_its_numbers_stay(filled, store, clock):
    leave(store, "7")
    clock.advance(2)
    tiles, memory = filled.live().tiles, filled.memory_stats()

    assert (tiles.workers, tiles.memory_rss_bytes) == (1, 100 * MB)
    assert {each.worker: each.live for each in memory.workers} == {"7": False, "8": True}
    assert memory.current.rss.bytes == 100 * MB
    assert filled.api_stats().total_requests == 290


def test_a_worker_that_is_silent_counts_for_ten_seconds(filled, clock):
    clock.advance(7)
    assert filled.live().tiles.workers == 2
    clock.advance(4)
    assert filled.live().tiles.workers == 0
    assert not any(each.live for each in filled.memory_stats().workers)


def test_a_process_that_begins_again_under_the_same_name_is_current_again(filled, store, clock):
    leave(store, "7")
    for later in (2_000, 4_000):
        store.write(made.window(made.NOW_MS + later, worker="7", gauges=GAUGES))
    clock.advance(8)

    assert filled.live().tiles.workers == 2
    assert all(each.live for each in filled.memory_stats().workers)


def test_clearing_forgets_and_is_answered_by_each_live_worker(filled, store, clock):
    recorder = recorders.Recorder()
    recorder.worker = "7"
    worker = answering.Control(store, recorder, clock=clock)
    worker.poll()
    asked = service.Service(store, settings_.TelemetrySettings(), clock=clock, sleep=lambda _: worker.poll())

    cleared = asked.clear_metrics("requests", by="me")

    assert dict(cleared.workers) == {"7": "cleared", "8": "pending"}
    assert cleared.rows > 0
    assert asked.api_stats().total_requests == 0
    assert asked.slow_requests().total == 0
    assert asked.database_stats().total_statements == 174
    assert asked.memory_stats().current.rss is not None
    asked.clear_metrics()
    assert asked.database_stats().total_statements == 0
    assert asked.memory_stats().peak.rss is None
    assert asked.overview().own_cost.probe_source == "measured_here"  # what a worker is, and measured once, stays


def test_what_the_recorder_folds_is_what_the_service_tells(asked, store):
    recorder = recorders.Recorder()
    record = r.new(1_000_000_000, "GET")
    record[r.END], record[r.FIRST_BYTE], record[r.STATUS], record[r.ROUTE] = (
        1_020_000_000,
        1_015_000_000,
        200,
        "/items/{id}",
    )
    record += ["SELECT * FROM item WHERE id = 42", 1_001_000_000, 1_006_000_000]
    recorder.finish(record)
    store.write(recorder.take(windows.grid(made.NOW_MS - 4_000), {}))

    row = asked.api_stats().slowest_endpoints[0]
    statement = asked.database_stats().slowest[0]

    assert (row.endpoint, row.method, row.average_ms) == ("/items/{id}", "GET", 20.0)
    assert (statement.route, statement.average_ms, statement.share_percent) == ("GET /items/{id}", 5.0, 25.0)
    assert "42" not in (statement.statement or "42")


def test_many_threads_may_ask_at_once(filled):
    problems = []

    def ask():
        try:
            filled.overview()
            filled.live()
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []


QUESTIONS = {
    "overview": lambda s: s.overview(),
    "health": lambda s: s.health(),
    "api_stats": lambda s: s.api_stats(),
    "slow_requests": lambda s: s.slow_requests(),
    "endpoints": lambda s: s.slow_requests(by="route"),
    "database_stats": lambda s: s.database_stats(),
    "slow_queries": lambda s: s.slow_queries(),
    "executions": lambda s: s.slow_queries(by="execution"),
    "frequency": lambda s: s.frequency(),
    "memory_stats": lambda s: s.memory_stats(),
    "timeseries": lambda s: s.timeseries("requests"),
    "traces": lambda s: s.traces(),
    "clear": lambda s: s.clear_metrics(),
    "live": lambda s: s.live(),
    "jobs": lambda s: s.jobs(),
    "journal": lambda s: s.journal(),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_has_a_range_a_json_form_and_types_that_resolve(filled, question):
    answer = QUESTIONS[question](filled)

    assert isinstance(answer.range, ranges.RangeInfo)
    json.dumps(json_form.to_json(answer), allow_nan=False)
    assert set(typing.get_type_hints(type(answer))) == {field.name for field in dataclasses.fields(answer)}
