"""Nothing is open but what must be: every path, however written and with whatever method, looks like none."""

import asyncio

import pytest
from tests import fix_doors, fix_web

from paceline.web import tokens

PATHS = fix_doors.paths()


def told(answer):
    return answer.status_code, sorted(answer.headers.items()), answer.content


def test_the_walk_knows_pages_files_description_stream_and_api():
    assert {"/", "/overview.js", "/docs", "/openapi.json", "/live", "/overview", "/session"} <= set(PATHS)
    assert len(PATHS) > 20


@pytest.mark.parametrize("method", fix_doors.METHODS)
def test_without_a_credential_every_path_looks_like_one_that_does_not_exist(tmp_path, method):
    app = fix_web.shop_app(tmp_path)
    ways = [way for path in PATHS for way in (path, *fix_doors.disguised(path))]
    nothing, *answers = fix_web.ask_all(app, [(method, way, {}) for way in (fix_doors.ELSEWHERE, *ways)])
    found = {way: told(answer) for way, answer in zip(ways, answers, strict=True)}
    assert nothing.status_code == 404
    assert {way for way, answer in found.items() if answer[0] == 200} == {
        path for path in PATHS if fix_doors.is_open(method, path)
    }
    for way, answer in found.items():
        assert answer == told(nothing) or fix_doors.is_open(method, way), way


@pytest.mark.parametrize("access", ["none", "host"])
@pytest.mark.parametrize("sent", [{}, fix_web.OPERATOR, {"X-Paceline": "1"}], ids=["bare", "token", "header"])
def test_without_tokens_nothing_is_open_at_all(tmp_path, access, sent):
    """No token and no host callable, or a callable that knows nobody: also the login page is not there."""
    app = fix_web.shop_app(tmp_path, access=None if access == "none" else lambda _scope: None)
    asked = [(method, path, {"headers": sent}) for path in PATHS for method in ("GET", "POST")]
    answers = fix_web.ask_all(app, [("GET", fix_doors.ELSEWHERE, {"headers": sent}), *asked])
    assert answers[0].status_code == 404
    assert all(told(answer) == told(answers[0]) for answer in answers)


@pytest.mark.parametrize("credential", [{}, fix_web.OPERATOR], ids=["stranger", "operator"])
def test_a_websocket_is_closed_at_every_path(tmp_path, credential):
    app = fix_web.shop_app(tmp_path)
    headers = [(b"host", b"localhost"), *((key.lower().encode(), value.encode()) for key, value in credential.items())]
    sent = []

    async def send(message):
        sent.append(message)

    async def shake_hands():
        for path in PATHS:
            scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b"", "root_path": ""}
            await app(scope, None, send)

    asyncio.run(shake_hands())
    assert sent == [{"type": "websocket.close", "code": 1008}] * len(PATHS)


def test_a_viewer_is_told_what_a_path_answers_to_and_never_changes_anything(tmp_path):
    app = fix_web.shop_app(tmp_path)
    for method in fix_doors.METHODS:
        for answer in fix_web.ask_all(
            app, [(method, path, {"headers": fix_web.VIEWER}) for path in PATHS if path != "/live"]
        ):
            if method in {"GET", "HEAD"}:
                assert answer.status_code in {200, 404, 405, 422, 503} or "/samples/" in answer.request.url.path
            elif method in {"OPTIONS", "TRACE"}:
                assert answer.status_code == 405
                assert answer.headers["allow"]
            else:
                assert answer.status_code in {403, 404}
                assert answer.status_code == 403 or answer.request.url.path == "/session"


@pytest.mark.parametrize(
    "guess", ["", fix_web.VIEWER_TOKEN[:-1], fix_web.VIEWER_TOKEN + "x", fix_web.VIEWER_TOKEN.upper(), "\xff" * 30]
)
@pytest.mark.parametrize("header", ["Authorization", "X-Paceline-Token"])
def test_a_guess_learns_nothing(tmp_path, guess, header):
    value = (f"Bearer {guess}" if header == "Authorization" else guess).encode("latin-1")
    nothing, answer = fix_web.ask_all(
        fix_web.shop_app(tmp_path),
        [("GET", path, {"headers": [(header, value)]}) for path in ("/nothing", "/overview")],
    )
    assert told(answer) == told(nothing)


def test_tokens_are_compared_in_constant_time(tmp_path, monkeypatch):
    """Each guess is held against both, whichever fits."""
    compared = []
    original = tokens.hmac.compare_digest

    def noting(given, known):
        compared.append(known)
        return original(given, known)

    access = tokens.Access(fix_web.SETTINGS, tmp_path)
    monkeypatch.setattr(tokens.hmac, "compare_digest", noting)
    for guess in ("x", fix_web.VIEWER_TOKEN, fix_web.OPERATOR_TOKEN):
        access.role_of(guess)
    assert compared == [fix_web.VIEWER_TOKEN.encode(), fix_web.OPERATOR_TOKEN.encode()] * 3


@pytest.mark.parametrize(
    "name", ["token", "access_token", "viewer_token", "operator_token", "authorization", "code", "x-paceline-token"]
)
def test_a_token_in_the_url_counts_for_nothing(tmp_path, name):
    """It would stand in every access log."""
    app = fix_web.shop_app(tmp_path)
    code = app.state.access.one_time_url("http://localhost").partition("#code=")[2]
    for secret in (fix_web.OPERATOR_TOKEN, code):
        assert fix_web.ask(app, "GET", f"/overview?{name}={secret}").status_code == 404
        assert fix_web.ask(app, "POST", f"/session?{name}={secret}").status_code == 404
    assert app.state.access.redeem(code), "the code was not used up"
