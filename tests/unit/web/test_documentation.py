"""The OpenAPI document is whole: every operation has a schema with fields, an example that fits, and its problems."""

import json

import pytest
from pydantic import TypeAdapter
from tests import fix_web

from paceline.engine.answers import health, jobs, journal, live, overview, ranges, timeseries
from paceline.engine.answers.postgres import advice, database
from paceline.engine.answers.processes import memory
from paceline.engine.answers.requests import endpoints, samples, slow_log, statements, traces
from paceline.engine.control import clearing, tuning
from paceline.web import documentation

ANSWERS = {
    "/overview": overview.Overview,
    "/health": health.Health,
    "/findings": advice.Findings,
    "/database/stats": statements.DatabaseStats,
    "/database/slow-queries": ranges.Page[statements.StatementRow],
    "/database/samples/{fingerprint}": samples.ParameterSamples,
    "/database/frequency": ranges.Page[statements.FrequencyRow],
    "/database/info": database.DatabaseInfo,
    "/database/health": advice.DatabaseHealth,
    "/database/missing-indexes": advice.MissingIndexes,
    "/database/optimize": jobs.Job,
    "/api/stats": endpoints.ApiStats,
    "/api/slow-requests": ranges.Page[slow_log.SlowRequest],
    "/memory/stats": memory.MemoryStats,
    "/timeseries": timeseries.TimeSeries,
    "/traces": ranges.Page[traces.TraceRow],
    "/traces/{trace_id}": traces.TraceDetail,
    "/clear-metrics": clearing.Cleared,
    "/live": live.LiveFrame,
    "/memory/gc": jobs.Job,
    "/memory/threshold/{threshold}": jobs.Job,
    "/jobs": ranges.Page[jobs.Job],
    "/jobs/{job_id}": jobs.Job,
    "/jobs/{job_id}/cancel": jobs.Job,
    "/journal": ranges.Page[journal.Entry],
    "/settings": tuning.Settings,
    "/settings/{name}": tuning.Changed,
}


@pytest.fixture
def document(tmp_path):
    return documentation.described(fix_web.shop_app(tmp_path))


def test_the_document_is_served_with_relative_servers(tmp_path):
    answer = fix_web.ask(fix_web.shop_app(tmp_path), "GET", "/openapi.json", headers=fix_web.VIEWER)
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "."}]
    assert set(document["paths"]) == {*ANSWERS, "/session"}


def test_every_reference_leads_somewhere(document):
    def references(part):
        if isinstance(part, dict):
            yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else [])
            for inner in part.values():
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= schemas
    assert not {name for name in document["components"]["schemas"] if "Validation" in name}


def test_every_operation_has_summary_description_parameters_and_problems(document):
    for path, _, operation in documentation.operations(document):
        assert operation["summary"]
        assert operation["description"]
        assert all(parameter.get("description") for parameter in operation.get("parameters", ())), path
        for status in ("404", "422", "503"):
            assert "application/problem+json" in operation["responses"][status]["content"] or path == "/health"


def answer(document, path):
    """Return what is said of the good answer of a path's only operation."""
    ((_, operation),) = document["paths"][path].items()
    good = next(status for status in operation["responses"] if status.startswith("2"))
    return operation["responses"][good]["content"]["application/json"]


def test_every_answer_has_a_schema_with_the_fields_of_its_dataclass(document):
    for path, kind in ANSWERS.items():
        schema = answer(document, path)["schema"]
        choices = schema.get("anyOf", [schema])
        named = [document["components"]["schemas"][one["$ref"].rpartition("/")[2]] for one in choices]
        fields = {name for one in named for name in one["properties"]}
        assert fields == set(getattr(kind, "__origin__", kind).__dataclass_fields__)


@pytest.mark.parametrize("path", ANSWERS)
def test_every_example_fits_its_dataclass(document, path):
    example = answer(document, path)["example"]
    adapter = TypeAdapter(ANSWERS[path])
    told = adapter.validate_json(json.dumps(example))
    assert adapter.dump_python(told, mode="json") == example
