"""Every field that the table of REST answers names is there, under its name."""

import dataclasses

import pytest

from paceline.engine.answers import health, jobs, journal, live, overview, ranges, timeseries
from paceline.engine.answers.postgres import advice, database, maintenance
from paceline.engine.answers.processes import memory, system
from paceline.engine.answers.requests import endpoints, samples, slow_log, statements, traces
from paceline.engine.control import clearing, tuning

PROMISED = {
    ranges.RangeInfo: "since until seconds n workers resolution_seconds folded dropped",
    ranges.Unavailable: "field reason",
    ranges.Page: "rows next_cursor total range",
    overview.Overview: "database api memory system health own_cost range unavailable",
    overview.OwnCost: "cpu_percent ns_per_request probe_ns_per_request probe_source per",
    system.SystemSummary: "service_uptime_seconds workers python_version platform cores cpu_percent host_cpu_percent "
    "cpu_limit_cores throttled_ms load_average pressure disk_free descriptors",
    system.WorkerSystem: "worker uptime_seconds cpu_percent throttled_ms descriptors",
    health.Health: "status checks",
    health.Check: "name status detail",
    statements.DatabaseStats: "total_statements slow_statements average_ms p50_ms p95_ms p99_ms slowest frequency "
    "range",
    statements.StatementRow: "fingerprint statement route call_site count average_ms p50_ms p95_ms p99_ms total_ms "
    "share_percent slow_executions",
    slow_log.SlowStatement: "at statement route call_site duration_ms rows parameter_types worker trace_id",
    samples.ParameterSamples: "fingerprint worker mode samples",
    slow_log.SlowRequest: "at method route status duration_ms worker trace_id",
    statements.FrequencyRow: "fingerprint count average_ms total_ms p95_ms share_percent",
    endpoints.ApiStats: "total_requests slow_requests over_objective_requests average_ms p50_ms p95_ms p99_ms "
    "error_rate_percent server_error_rate_percent client_error_rate_percent status_codes slowest_endpoints outcomes "
    "apdex range",
    endpoints.EndpointRow: "endpoint method count average_ms p50_ms p95_ms p99_ms share_percent objective_p95_ms",
    jobs.Job: "id kind state by owner created updated progress result error",
    journal.Entry: "id at by action arguments result undo statements",
    tuning.Setting: "name value default source live started",
    tuning.Changed: "name value previous source workers journal_id",
    memory.MemoryStats: "current average peak peak_since_start usage_percent limit_kind gc allocator classification "
    "workers range unavailable",
    memory.WorkerMemory: "current average peak peak_since_start usage gc allocator classification",
    memory.Levels: "rss heap_reserved heap_used native large_blocks",
    memory.Size: "bytes formatted",
    memory.Usage: "usage_percent usage limit limit_kind",
    database.DatabaseInfo: "databases tables indexes connections version extensions settings unavailable",
    database.Connections: "active idle idle_in_transaction total limit",
    database.Table: "schema name rows_estimate total table indexes toast dead_rows last_vacuum last_analyze",
    database.Index: "schema table name definition columns size scans unique valid",
    database.Setting: "name value unit source",
    advice.DatabaseHealth: "checks",
    advice.Check: "name status findings reason how_to_enable",
    advice.Findings: "rows total skipped",
    advice.Finding: "id kind subject title severity waiting_seconds_per_hour evidence remedy call_site",
    advice.MissingIndexes: "skipped",
    maintenance.MaintenancePlan: "steps",
    maintenance.Step: "operation table statement state why need reason",
    clearing.Cleared: "what workers range",
    timeseries.TimeSeries: "metric unit step_seconds points range",
    traces.TraceDetail: "trace_id route status outcome duration_ms spans range",
    live.LiveFrame: "cursor tiles endpoints statements range",
}


@pytest.mark.parametrize("answer", PROMISED, ids=lambda answer: answer.__name__)
def test_the_promised_fields_are_there(answer):
    fields = {field.name for field in dataclasses.fields(answer)}

    assert set(PROMISED[answer].split()) <= fields


@pytest.mark.parametrize("answer", PROMISED, ids=lambda answer: answer.__name__)
def test_answers_are_frozen_and_slotted(answer):
    assert answer.__dataclass_params__.frozen
    assert "__slots__" in vars(answer)
