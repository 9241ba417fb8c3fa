"""Whatever goes wrong is told in one shape, names what cannot be used, and repeats nothing that was sent."""

from typing import Annotated

import pytest
from fastapi import Body, FastAPI
from tests import fix_web

from paceline import errors
from paceline.web import problems

BAD = [
    ("/database/slow-queries?limit=0", "limit"),
    ("/database/slow-queries?limit=-1", "limit"),
    ("/database/slow-queries?limit=1001", "limit"),
    ("/database/slow-queries?limit=ten", "limit"),
    ("/database/slow-queries?limit=1.5", "limit"),
    ("/database/slow-queries?by=table", "by"),
    ("/database/frequency?limit=-5", "limit"),
    ("/database/stats?top=-1", "top"),
    ("/api/stats?top=x", "top"),
    ("/api/stats?sort=SELECT+1", "sort"),
    ("/api/slow-requests?limit=-1", "limit"),
    ("/api/slow-requests?by=statement", "by"),
    ("/timeseries", "metric"),
    ("/timeseries?metric=requests&step_seconds=-2", "step_seconds"),
    ("/timeseries?metric=requests&step_seconds=nan", "step_seconds"),
    ("/traces?limit=none", "limit"),
    ("/traces/..%2f..%2fetc", "trace_id"),
    ("/live?cursor=-1", "cursor"),
    ("/live?poll=maybe", "poll"),
]


@pytest.mark.parametrize(("path", "parameter"), BAD)
def test_a_parameter_that_cannot_be_used_is_named(tmp_path, path, parameter):
    answer = fix_web.ask(fix_web.shop_app(tmp_path), "GET", path, headers=fix_web.VIEWER)
    assert answer.status_code == (404 if "%2f" in path else 422)
    if answer.status_code == 422:
        assert [one["parameter"] for one in answer.json()["errors"]] == [parameter]


@pytest.mark.parametrize(
    "path",
    [
        "/api/stats?since=yesterday",
        "/api/stats?since=-1h",
        "/api/stats?sort=beauty",
        "/database/frequency?cursor=nonsense",
        "/timeseries?metric=happiness",
        "/traces?cursor=%00",
    ],
)
def test_what_the_service_refuses_is_a_422_with_its_words(tmp_path, path):
    answer = fix_web.ask(fix_web.shop_app(tmp_path), "GET", path, headers=fix_web.VIEWER)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_what_is_wrong_with_query_or_body_as_a_whole_is_told_in_the_first_line(tmp_path):
    app = fix_web.shop_app(tmp_path)
    slip = fix_web.ask(app, "GET", "/api/stats?limit=3", headers=fix_web.VIEWER)
    assert slip.json()["detail"] == "Unknown parameter: there are only since, sort, top."

    for sent in ("50", "[1]", '{"value": '):
        answer = fix_web.ask(
            app,
            "PUT",
            "/settings/slow_response_ms",
            headers={**fix_web.OPERATOR, "Content-Type": "application/json"},
            content=sent,
        )
        assert answer.status_code == 422
        assert answer.json()["detail"] in {
            "The body cannot be used: Input should be an object.",
            "The body cannot be used: JSON decode error.",
        }
        assert [one["parameter"] for one in answer.json()["errors"]] == ["body"]


def test_a_problem_has_the_fields_of_the_rfc_and_repeats_no_input(tmp_path):
    app = fix_web.shop_app(tmp_path)
    answer = fix_web.ask(app, "GET", "/database/slow-queries?limit=secret-4711", headers=fix_web.VIEWER)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert list(problem) == ["type", "title", "status", "detail", "errors"]
    assert problem["type"] == "urn:paceline:problem:invalid-parameter"
    assert problem["status"] == 422
    assert "4711" not in answer.text


def test_unknown_paths_methods_and_traces_are_problems_too(tmp_path):
    app = fix_web.shop_app(tmp_path)
    unknown = fix_web.ask(app, "GET", "/no/such/thing", headers=fix_web.VIEWER)
    method = fix_web.ask(app, "POST", "/overview", headers=fix_web.OPERATOR)
    trace = fix_web.ask(app, "GET", "/traces/ffff", headers=fix_web.VIEWER)
    assert [answer.status_code for answer in (unknown, method, trace)] == [404, 405, 404]
    assert {answer.headers["content-type"] for answer in (unknown, method, trace)} == {"application/problem+json"}
    assert method.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"[1]", b'{"number": "ten"}', b""])
def test_a_body_that_cannot_be_used_is_a_422_too(body):
    """Also one that is no text at all."""
    app = FastAPI()
    problems.install(app)

    @app.post("/")
    async def take(number: Annotated[int, Body(embed=True)]) -> int:
        return number

    answer = fix_web.ask(app, "POST", "/", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_store_that_cannot_be_read_is_a_503():
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    async def broken() -> None:
        raise errors.StoreError("the store is locked; try again")

    answer = fix_web.ask(app, "GET", "/")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "the store is locked; try again"
