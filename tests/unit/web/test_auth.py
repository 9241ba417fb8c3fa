"""The guard stands before everything: no route, file or stream answers without a credential, and cookies only read."""

import asyncio
import logging

import pytest
from tests import fix_web

from paceline.web import auth, headers, tokens

OPEN = {("GET", "/login"), ("GET", "/login.js"), ("GET", "/login.css")}


@pytest.fixture
def app(tmp_path):
    return fix_web.shop_app(tmp_path)


def test_every_route_answers_404_without_a_credential(app):
    routes = [*fix_web.routes_of(app), ("GET", "/no-such-thing"), ("OPTIONS", "/overview"), ("DELETE", "/overview")]
    assert ("GET", "/live") in routes
    assert ("GET", "/openapi.json") in routes
    assert len(routes) > 25
    answers = fix_web.ask_all(app, [(method, path, {}) for method, path in routes])
    answered = {route for route, answer in zip(routes, answers, strict=True) if answer.status_code != 404}
    assert answered == OPEN
    bodies = {answer.content for route, answer in zip(routes, answers, strict=True) if route not in OPEN}
    assert len(bodies - {b""}) == 1, "a path that exists must look like one that does not"


def test_what_is_open_says_nothing_about_the_service(app):
    for _, path in OPEN:
        text = fix_web.ask(app, "GET", path).text
        assert "paceline" not in text.lower()
        assert "shop" not in text


@pytest.mark.parametrize(
    "sent",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {fix_web.VIEWER_TOKEN}"},
        {"X-Paceline-Token": "wrong"},
        {"Cookie": "paceline_session=x"},
        {"X-Forwarded-For": "127.0.0.1"},
    ],
)
def test_a_wrong_credential_is_none(app, sent):
    assert fix_web.ask(app, "GET", "/memory/stats", headers=sent).status_code == 404


@pytest.mark.parametrize("sent", [fix_web.VIEWER, fix_web.OPERATOR, {"X-Paceline-Token": fix_web.VIEWER_TOKEN}])
def test_a_token_in_a_header_reads(app, sent):
    assert fix_web.ask(app, "GET", "/memory/stats", headers=sent).status_code == 200


def test_only_the_operator_token_changes(app):
    assert fix_web.ask(app, "POST", "/clear-metrics").status_code == 404
    refused = fix_web.ask(app, "POST", "/clear-metrics", headers=fix_web.VIEWER)
    assert refused.status_code == 403
    assert "operator token" in refused.json()["detail"]


def test_a_cookie_reads_and_never_changes(app):
    access = app.state.access
    cookie = {"Cookie": f"other=1; {access.cookie_name}={access.new_session()}"}
    assert fix_web.ask(app, "GET", "/memory/stats", headers=cookie).status_code == 200
    assert fix_web.ask(app, "POST", "/clear-metrics", headers=cookie).status_code == 403


@pytest.mark.parametrize("other", ['seen={"a": [1, 2]}', "a b=c", "[x]=y", "=", "flag", "é=ü"])
def test_a_strange_cookie_of_another_application_does_not_hide_ours(app, other):
    """Cookies do not tell ports apart: everything that ever ran on localhost has left some."""
    access = app.state.access
    sent = {"Cookie": f"{other}; {access.cookie_name}={access.new_session()}".encode()}
    assert fix_web.ask(app, "GET", "/memory/stats", headers=sent).status_code == 200


def test_values_of_parameters_are_for_the_operators_token_only(app, tmp_path):
    path = f"/database/samples/{fix_web.FINGERPRINT}"
    access = app.state.access
    cookie = {"Cookie": f"{access.cookie_name}={access.new_session()}"}
    asked = [("GET", path, {"headers": sent}) for sent in ({}, fix_web.VIEWER, cookie, fix_web.OPERATOR)]
    answers = fix_web.ask_all(app, asked)
    assert [answer.status_code for answer in answers] == [404, 403, 403, 200]
    assert answers[1].headers["content-type"] == "application/problem+json"
    assert answers[3].json()["samples"] == []
    by_host = fix_web.shop_app(tmp_path / "host", access=lambda _scope: "operator")
    asked = [("GET", path, {"headers": sent}) for sent in ({}, {"X-Paceline": "1"})]
    assert [answer.status_code for answer in fix_web.ask_all(by_host, asked)] == [403, 200]


def test_a_wrong_token_is_not_rescued_by_a_cookie(app):
    access = app.state.access
    sent = {"Cookie": f"{access.cookie_name}={access.new_session()}", "Authorization": "Bearer wrong"}
    assert fix_web.ask(app, "GET", "/memory/stats", headers=sent).status_code == 404


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test:8000", "", "169.254.169.254"])
def test_a_foreign_host_name_is_refused_even_with_a_token(app, host):
    answer = fix_web.ask(app, "GET", "/memory/stats", headers={**fix_web.VIEWER, "Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert not host or host not in answer.text


def test_the_login_page_too_is_bound_to_our_host_names(app):
    assert fix_web.ask(app, "GET", "/login", headers={"Host": "evil.test"}).status_code == 421


@pytest.mark.parametrize("sent", [{"Origin": "http://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_change_for_a_foreign_page_is_refused_even_with_a_token(app, sent):
    answer = fix_web.ask(app, "POST", "/clear-metrics", headers={**fix_web.OPERATOR, **sent})
    assert answer.status_code == 403
    assert fix_web.ask(app, "POST", "/clear-metrics", headers=sent).status_code == 404


def test_every_answer_carries_the_security_headers(app):
    for path, sent in (("/", fix_web.VIEWER), ("/memory/stats", fix_web.VIEWER), ("/overview", {}), ("/login", {})):
        answer = fix_web.ask(app, "GET", path, headers=sent)
        for name, value in headers.ALWAYS.items():
            assert answer.headers[name] == value
        assert "access-control-allow-origin" not in answer.headers
    assert fix_web.ask(app, "GET", "/memory/stats", headers=fix_web.VIEWER).headers["cache-control"] == "no-store"


def test_the_policy_allows_nothing_inline_and_no_foreign_host():
    assert "unsafe" not in headers.CONTENT_SECURITY_POLICY
    assert "http" not in headers.CONTENT_SECURITY_POLICY
    assert headers.CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert "require-trusted-types-for 'script'" in headers.CONTENT_SECURITY_POLICY


def test_without_tokens_and_without_a_host_callable_nobody_is_admitted(tmp_path):
    app = fix_web.shop_app(tmp_path, access=None)
    answers = fix_web.ask_all(app, [(m, p, {"headers": fix_web.OPERATOR}) for m, p in fix_web.routes_of(app)])
    assert {answer.status_code for answer in answers} == {404}


def test_a_host_callable_replaces_tokens(tmp_path):
    def authorize(scope):
        return {b"ann": "operator", b"bob": "viewer", b"eve": "admin"}.get(dict(scope["headers"]).get(b"x-user"))

    app = fix_web.shop_app(tmp_path, access=authorize)
    statuses = [
        fix_web.ask(app, method, path, headers=sent).status_code
        for method, path, sent in [
            ("GET", "/memory/stats", {"X-User": "bob"}),
            ("GET", "/memory/stats", {"X-User": "eve"}),
            ("GET", "/memory/stats", fix_web.OPERATOR),
            ("POST", "/clear-metrics", {"X-User": "bob", "X-Paceline": "1"}),
            ("POST", "/clear-metrics", {"X-User": "ann"}),
            ("GET", "/login", {}),
            ("POST", "/session", {}),
        ]
    ]
    assert statuses == [200, 404, 404, 403, 403, 404, 404]


def test_a_host_callable_may_be_async_and_one_that_fails_admits_nobody(tmp_path, caplog):
    async def viewer(_scope):
        await asyncio.sleep(0)
        return "viewer"

    def broken(_scope):
        raise RuntimeError

    assert fix_web.ask(fix_web.shop_app(tmp_path / "a", access=viewer), "GET", "/memory/stats").status_code == 200
    with caplog.at_level(logging.CRITICAL, "paceline.web"):
        app = fix_web.shop_app(tmp_path / "b", access=broken)
        assert fix_web.ask(app, "GET", "/memory/stats").status_code == 404


def test_an_error_of_ours_is_a_problem_and_does_not_reach_the_host(caplog):
    async def broken(_scope, _receive, _send):
        raise ZeroDivisionError

    guard = auth.Guard(broken, fix_web.SETTINGS, tokens.Access(fix_web.SETTINGS, None))
    with caplog.at_level(logging.ERROR, "paceline.web"):
        answer = fix_web.ask(guard, "GET", "/overview", headers=fix_web.VIEWER)
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == headers.CONTENT_SECURITY_POLICY
    assert "ZeroDivisionError" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_a_websocket_is_closed(app):
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(app({"type": "websocket", "path": "/live", "headers": [], "query_string": b""}, None, send))
    assert sent[0]["type"] == "websocket.close"


def test_the_prefix_without_a_slash_leads_to_the_page_once_admitted(app):
    answer = fix_web.ask(_mounted(app), "GET", "/performance", headers=fix_web.VIEWER, follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == "/performance/"
    assert fix_web.ask(_mounted(app), "GET", "/performance").status_code == 404


def _mounted(app):
    """What the host's wrapper does: the prefix becomes the root path."""

    async def mounted(scope, receive, send):
        await app({**scope, "root_path": "/performance"}, receive, send)

    return mounted
