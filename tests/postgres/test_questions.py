"""The questions to the database as users ask them: over REST and from Python, with the answers that go wrong."""

import asyncio
import socket
import sys
import threading

import httpx
import pytest
from pydantic import TypeAdapter
from tests import fix_database, fix_web
from tests.fix_observed import eventually

from paceline import Paceline, errors
from paceline.engine import service as services
from paceline.engine.answers.postgres import advice, database, maintenance
from paceline.postgres import settings
from paceline.web import application

ANSWERS = [
    ("GET", "/database/info", database.DatabaseInfo),
    ("GET", "/database/health", advice.DatabaseHealth),
    ("GET", "/database/missing-indexes", advice.MissingIndexes),
    ("GET", "/findings", advice.Findings),
]


def app_of(folder, dsn, **more):
    service = fix_web.shop_service(folder)
    service.postgres = settings.PostgresSettings(dsn, **more)
    return application.create_app(service, fix_web.SETTINGS, access=fix_web.tokens.Access(fix_web.SETTINGS, None))


@pytest.fixture
def app(shop, tmp_path):
    return app_of(tmp_path, shop.dsn("paceline"))


def ask(app, method, path, **options):
    return fix_web.ask(app, method, path, headers=fix_web.OPERATOR, **options)


@pytest.mark.parametrize(("method", "path", "kind"), ANSWERS)
def test_an_answer_has_exactly_the_fields_of_its_dataclass_and_no_literal(app, method, path, kind):
    answer = ask(app, method, path)
    assert answer.status_code == 200, answer.text
    adapter = TypeAdapter(kind)
    assert adapter.dump_python(adapter.validate_python(answer.json()), mode="json") == answer.json()
    assert fix_database.SECRET not in answer.text


def test_info_is_narrowed_by_schema_and_limit(app):
    answer = ask(app, "GET", "/database/info?schema=Sc%20h&limit=1").json()
    assert [table["name"] for table in answer["tables"]] == ['Odd "T']
    assert (answer["tables_total"], answer["indexes_total"], len(answer["indexes"])) == (1, 4, 1)
    assert ask(app, "GET", "/database/info?schema=nowhere").status_code == 422
    assert ask(app, "GET", "/database/info?limit=0").status_code == 422


def test_findings_are_ranked_and_cut(app):
    everything = ask(app, "GET", "/findings").json()
    severities = [row["severity"] for row in everything["rows"]]
    assert severities == sorted(severities, key=["critical", "warning", "notice"].index)
    assert everything["total"] == len(severities) >= 5
    first = ask(app, "GET", "/findings?limit=1").json()
    assert first["rows"] == everything["rows"][:1]
    assert first["total"] == everything["total"]


def planned(app, body):
    """What a plan's job came to."""
    accepted = ask(app, "POST", "/database/optimize", json=body)
    assert accepted.status_code == 202
    where = f"/jobs/{accepted.json()['id']}"
    assert accepted.headers["location"] == where

    def ended():
        job = ask(app, "GET", where).json()
        return job if job["state"] not in {"queued", "running"} else None

    return eventually(ended)


def test_the_plan_is_the_result_of_a_job_and_holds_no_literal(app):
    job = planned(app, {})
    adapter = TypeAdapter(maintenance.MaintenancePlan)
    assert (job["kind"], job["state"], job["by"]) == ("optimize", "done", "operator")
    assert adapter.dump_python(adapter.validate_python(job["result"]), mode="json") == job["result"]
    assert job["result"]["dry_run"] is True
    assert fix_database.SECRET not in str(job)


def test_the_plan_takes_its_body_and_names_what_it_does_not_know(app):
    (step,) = planned(app, {"operations": ["vacuum"], "tables": ["doubles"], "force": True})["result"]["steps"]
    assert step["statement"] == "VACUUM public.doubles"
    for wrong, named in [
        ({"operations": ["cluster"]}, "operations"),
        ({"speed": 1}, "speed"),
        ({"tables": 5}, "tables"),
    ]:
        refused = ask(app, "POST", "/database/optimize", json=wrong)
        assert refused.status_code == 422
        assert named in refused.text
    job = planned(app, {"tables": ["nowhere"]})
    assert job["state"] == "failed"
    assert "'nowhere' is not there" in job["error"]


def test_apply_is_not_there_yet_and_says_what_is(app):
    refused = ask(app, "POST", "/database/optimize", json={"apply": True})
    assert refused.status_code == 501
    assert refused.headers["content-type"] == "application/problem+json"
    assert "run the statements of the plan by hand" in refused.json()["detail"]


def test_a_viewer_may_read_and_not_plan(app):
    assert fix_web.ask(app, "GET", "/database/health", headers=fix_web.VIEWER).status_code == 200
    assert fix_web.ask(app, "POST", "/database/optimize", headers=fix_web.VIEWER).status_code == 403


UNREACHABLE = [
    (None, "set dsn"),
    ("postgresql://u:hunter2@127.0.0.1:1/shop", "does not answer"),
    ("postgresql://u:hunter2%zz@127.0.0.1/shop", "dsn cannot be read"),
]


@pytest.mark.parametrize(("dsn", "said"), UNREACHABLE)
def test_without_a_database_the_answer_is_503_with_the_next_step(tmp_path, dsn, said):
    app = app_of(tmp_path, dsn)
    for method, path in [("GET", "/database/info"), ("GET", "/database/health"), ("POST", "/database/optimize")]:
        if method == "POST" and dsn is not None:
            continue  # a job, which fails
        refused = ask(app, method, path)
        assert refused.status_code == 503
        assert said in refused.json()["detail"]
        assert "hunter2" not in refused.text


@pytest.mark.parametrize(("dsn", "said"), UNREACHABLE[1:])
def test_a_plan_for_a_server_that_cannot_be_asked_is_a_job_that_failed(tmp_path, dsn, said):
    job = planned(app_of(tmp_path, dsn), {})
    assert (job["state"], job["result"]) == ("failed", {})
    assert said in job["error"]
    assert "hunter2" not in str(job)


@pytest.mark.parametrize(("dsn", "said"), UNREACHABLE)
def test_findings_are_answered_without_a_database_which_is_told_as_skipped(tmp_path, dsn, said):
    found = ask(app_of(tmp_path, dsn), "GET", "/findings").json()
    (skipped,) = found["skipped"]
    assert (found["rows"], skipped["name"]) == ([], "database")
    assert said in skipped["reason"]


def test_a_missing_driver_is_503_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    refused = ask(app_of(tmp_path, "host=h"), "GET", "/database/info")
    assert refused.status_code == 503
    assert "pip install 'paceline[postgres]'" in refused.json()["detail"]


def test_a_database_that_hangs_leaves_the_other_questions_alone(tmp_path):
    """Ten questions to a server that accepts and never answers; one about requests overtakes them all."""

    async def asking():
        transport = httpx.ASGITransport(app)
        options = {"transport": transport, "base_url": "http://localhost", "headers": fix_web.OPERATOR}
        async with httpx.AsyncClient(**options) as client:
            hanging = [asyncio.create_task(client.get("/database/health")) for _ in range(4)]
            await asyncio.sleep(0)
            overtaken = await client.get("/api/stats")
            unanswered = not any(task.done() for task in hanging)
            return overtaken.status_code, unanswered, {answer.status_code for answer in await asyncio.gather(*hanging)}

    with socket.create_server(("127.0.0.1", 0)) as silent:
        dsn = f"postgresql://u:hunter2@127.0.0.1:{silent.getsockname()[1]}/shop"
        app = app_of(tmp_path, dsn, database_timeout_seconds=1)
        assert asyncio.run(asking()) == (200, True, {503})
    for thread in [one for one in threading.enumerate() if one.name == "paceline-database"]:
        thread.join(10)
        assert not thread.is_alive()


def test_an_application_asks_in_python(shop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pace = Paceline(service="shop", store="sqlite://", dsn=shop.dsn("paceline"))
    try:
        assert pace.database_info(schema="public").database == "odd shop"
        assert pace.database_health().finding == 5
        assert pace.findings(limit=1).rows[0].severity == "critical"
        job = pace.optimize(operations=["reindex"])
        eventually(lambda: pace.job(job.id).state == "done")
        assert pace.job(job.id).result["steps"][0]["index"] == "public.doubles_n"
        assert pace.missing_indexes().skipped.reason
        with pytest.raises(services.NotYet):
            pace.optimize(apply=True)
        with pytest.raises(errors.UsageError, match="limit=0"):
            pace.findings(limit=0)
    finally:
        pace.stop()
