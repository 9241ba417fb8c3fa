"""HEAD is GET without its body, and a 405 says what would do, for whatever routes there are."""

import asyncio

import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import StreamingResponse
from tests import fix_web

from paceline.web import methods, problems


@pytest.fixture
def app():
    made, inner = FastAPI(), APIRouter(prefix="/inner")
    problems.install(made)

    @inner.get("/things/{thing}")
    async def read(thing: str) -> str:
        return thing

    @inner.delete("/things/{thing}")
    async def remove(thing: str) -> str:
        raise LookupError(thing)

    @made.get("/endless")
    async def endless() -> StreamingResponse:
        async def parts():
            while True:
                yield b"more"
                await asyncio.sleep(0)

        return StreamingResponse(parts(), media_type="text/event-stream")

    @made.get("/broken")
    async def broken() -> str:
        raise LookupError

    made.include_router(inner, prefix="/outer")
    made.add_middleware(methods.Heads)
    return made


def test_head_has_the_headers_of_get_and_no_body(app):
    get, head = (fix_web.ask(app, method, "/outer/inner/things/x") for method in ("GET", "HEAD"))
    assert (get.status_code, get.content) == (200, b'"x"')
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(get.headers)


def test_the_head_of_a_stream_ends(app):
    head = fix_web.ask(app, "HEAD", "/endless", timeout=5)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")


def test_what_a_handler_raises_passes(app):
    with pytest.raises(LookupError):
        fix_web.ask(app, "HEAD", "/broken")


def test_a_405_names_every_method_of_the_path(app):
    answer = fix_web.ask(app, "PUT", "/outer/inner/things/x")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, DELETE"
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET, HEAD, DELETE" in answer.json()["detail"]


def test_every_operation_that_is_described_is_allowed_and_all_others_are_not(tmp_path):
    app = fix_web.shop_app(tmp_path)
    routed: dict[str, set[str]] = {}
    for method, path in fix_web.routes_of(app):
        routed.setdefault(path, set()).add(method)
    asked = [
        (method, path, {"headers": fix_web.OPERATOR})
        for path, known in routed.items()
        for method in {"PUT", "PATCH", "DELETE", "GET", "POST"} - known
    ]
    answers = fix_web.ask_all(app, asked)
    assert len(answers) > 50
    for (_, path, _), answer in zip(asked, answers, strict=True):
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == routed[path]
