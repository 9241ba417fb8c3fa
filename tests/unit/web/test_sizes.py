"""What is too large is refused: by what it announces, or where it grows beyond the limit."""

import pytest
from fastapi import FastAPI, Request
from tests import fix_web

from paceline.web import problems, sizes
from paceline.web.access import auth, tokens


@pytest.fixture
def app():
    """A change that reads its body, behind the guard."""
    inner = FastAPI()
    problems.install(inner)

    @inner.post("/change")
    async def change(request: Request) -> int:
        return len(await request.body())

    return auth.Guard(inner, fix_web.SETTINGS, tokens.Access(fix_web.SETTINGS, None))


def ask(app, method, path, **sent):
    headers = {**fix_web.OPERATOR, **sent.pop("headers", {})}
    answer = fix_web.ask(app, method, path, headers=headers, **sent)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    return answer.status_code


@pytest.mark.parametrize(("more", "status"), [(0, 404), (1, 414)])
@pytest.mark.parametrize("target", ["/{}", "/?{}", "/?q={}"])
def test_a_target_has_an_end(app, target, more, status):
    filler = "x" * (sizes.MAX_TARGET_BYTES - len(target.format("").replace("?", "")) + more)
    assert ask(app, "GET", target.format(filler)) == status


def test_headers_have_an_end_together(app):
    many = {f"x-{number:04}": "x" * 94 for number in range(300)}
    assert ask(app, "GET", "/", headers=many) == 404
    assert ask(app, "GET", "/", headers={**many, "x-long": "x" * 4_000}) == 431


def test_a_body_has_an_end_whether_or_not_it_announces_its_length(app):
    async def parts(count):
        for _ in range(count):
            yield b"x" * 1_024

    fits = sizes.MAX_BODY_BYTES // 1_024
    assert ask(app, "POST", "/change", content=parts(fits)) == 200
    assert ask(app, "POST", "/change", content=parts(fits + 1)) == 413
    assert ask(app, "POST", "/change", content=b"x" * sizes.MAX_BODY_BYTES) == 200
    assert ask(app, "POST", "/change", content=b"x" * (sizes.MAX_BODY_BYTES + 1)) == 413


def test_a_stranger_is_refused_alike_at_every_path(app):
    told = [fix_web.ask(app, "GET", f"{path}?{'x' * 9_000}").content for path in ("/change", "/nothing", "/login")]
    assert len(set(told)) == 1
