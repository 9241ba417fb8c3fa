"""A one-time URL becomes a cookie once; whatever else is sent looks like a path that does not exist."""

import pytest
from tests import fix_web

from paceline import clock as clocks


def code_of(app):
    return app.state.access.one_time_url("http://localhost").partition("#code=")[2]


def mounted(app, scheme="http"):
    async def inner(scope, receive, send):
        await app({**scope, "root_path": "/performance", "scheme": scheme}, receive, send)

    return inner


def test_a_code_becomes_a_cookie_that_reads(tmp_path):
    app = fix_web.shop_app(tmp_path)
    answer = fix_web.ask(mounted(app), "POST", "/performance/session", json={"code": code_of(app)})
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/performance", "Max-Age=43200"):
        assert part in cookie
    assert "Secure" not in cookie
    assert fix_web.ask(app, "GET", "/", headers={"Cookie": cookie.partition(";")[0]}).status_code == 200


def test_over_https_the_cookie_is_secure(tmp_path):
    app = fix_web.shop_app(tmp_path)
    answer = fix_web.ask(mounted(app, "https"), "POST", "/performance/session", json={"code": code_of(app)})
    assert "Secure" in answer.headers["set-cookie"]


def test_a_code_is_exchanged_once_and_in_time(tmp_path):
    clock = clocks.FakeClock()
    app = fix_web.shop_app(tmp_path, clock)
    code, late = code_of(app), code_of(app)
    statuses = [fix_web.ask(app, "POST", "/session", json={"code": code}).status_code for _ in range(2)]
    assert statuses == [204, 404]
    clock.advance(600)
    assert fix_web.ask(app, "POST", "/session", json={"code": late}).status_code == 404


def test_a_cookie_ends_after_twelve_hours(tmp_path):
    clock = clocks.FakeClock()
    app = fix_web.shop_app(tmp_path, clock)
    cookie = {"Cookie": f"{app.state.access.cookie_name}={app.state.access.new_session()}"}
    assert fix_web.ask(app, "GET", "/", headers=cookie).status_code == 200
    clock.advance(12 * 3_600)
    assert fix_web.ask(app, "GET", "/", headers=cookie).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"content": b"{"},
        {"json": []},
        {"json": {"code": 1}},
        {"json": {"code": "é"}},
        {"json": {"code": "x" * 2_000}},
        {"json": {"code": "wrong"}},
        {"content": b"[" * 1_000, "headers": {"Content-Type": "application/json"}},
        {"data": {"code": "wrong"}},
    ],
)
def test_anything_else_looks_like_nothing(tmp_path, sent):
    app = fix_web.shop_app(tmp_path)
    answer = fix_web.ask(app, "POST", "/session", **sent)
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


def test_a_form_of_a_foreign_page_cannot_exchange_a_code(tmp_path):
    app = fix_web.shop_app(tmp_path)
    body = f'{{"code": "{code_of(app)}"}}'.encode()
    plain = fix_web.ask(app, "POST", "/session", content=body, headers={"Content-Type": "text/plain"})
    foreign = fix_web.ask(app, "POST", "/session", json={"code": code_of(app)}, headers={"Origin": "http://evil.test"})
    assert (plain.status_code, foreign.status_code) == (404, 403)
