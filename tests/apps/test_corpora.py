"""What attackers send, by hand to real servers: each has no effect, whoever's credential rides along."""

from __future__ import annotations

import pytest
from tests import fix_doors, fix_web

PREFIX = "/performance"
OPERATOR = fix_doors.bearer("operator")
CHANGES = sorted(
    {path for method, path in fix_web.routes_of(fix_web.shop_of_nothing()) if method == "POST"} - {"/session"}
)


@pytest.fixture(scope="module", params=["h11", "httptools"])
def shop(request, tmp_path_factory):
    """(port, paceline) of a host on one of uvicorn's parsers."""
    with fix_doors.hosted(tmp_path_factory.mktemp("corpora"), http=request.param) as found:
        yield found


@pytest.fixture
def cookie(shop):
    """The header line of a browser that came in."""
    access = shop[1].access()
    return f"Cookie: {access.cookie_name}={access.new_session()}"


FOREIGN_HOSTS = [
    "evil.test",
    "evil.test.",
    "evil.test:80",
    "localhost.evil.test",
    "localhost.evil.test:8000",
    "evil.test:localhost",
    "localhost:8000@evil.test",
    "localhost@evil.test",
    "user@localhost",
    "user:localhost@evil.test:80",
    "localhost:evil.test",
    "localhost:123456",
    "localhost:-1",
    "localhost..",
    "localhost,evil.test",
    "localhost/evil.test",
    "localhost\\evil.test",
    "http://localhost",
    "*",
    "*.localhost",
    "::1",
    "[::2]",
    "[::1",
    "[::1]evil.test",
    "[::1].evil.test",
    "[::1%25eth0]",
    "[::ffff:127.0.0.1]",
    "[evil.test]",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0.0.0.0",
    "169.254.169.254",
    "xn--lcalhost-54a",
    "l\xf6calhost",
    "",
]


@pytest.mark.parametrize("path", ["/overview", "/login", "/live", "/no-such-thing"])
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_request_to_a_foreign_name_is_refused_even_with_a_token(shop, host, path):
    """A page whose name resolves to this machine carries its own name: DNS rebinding ends here."""
    answer = fix_doors.send(shop[0], "GET", PREFIX + path, OPERATOR, host=host)
    assert answer.status in {400, 421}
    assert not host or host.encode("latin-1") not in answer.body.replace(b'"*"', b"")


@pytest.mark.parametrize(
    "lines",
    [
        ["Host: localhost", "Host: evil.test"],
        ["Host: evil.test", "Host: localhost"],
        ["Host: evil.test", "X-Forwarded-Host: localhost"],
        ["Host: evil.test", "Forwarded: host=localhost;proto=http"],
        ["Host: evil.test", "X-Host: localhost", "X-Original-Host: localhost", "X-Forwarded-Server: localhost"],
        ["Host: evil.test", "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1"],
        ["Host : localhost"],
        ["X: y"],
    ],
)
def test_only_one_host_header_counts_and_nothing_a_proxy_would_add(shop, lines):
    answer = fix_doors.send(shop[0], "GET", f"{PREFIX}/overview", OPERATOR, *lines, host=None)
    assert answer.status in {400, 421}


@pytest.mark.parametrize("line", ["X-Forwarded-Host: evil.test", "Forwarded: host=evil.test", "X-Original-URL: /login"])
@pytest.mark.parametrize("host", ["localhost", "LocalHost:8000", "localhost.", "127.0.0.1:1", "[::1]", "[::1]:8000"])
def test_our_own_names_are_answered_whatever_else_is_claimed(shop, host, line):
    assert fix_doors.send(shop[0], "GET", f"{PREFIX}/health", OPERATOR, line, host=host).status == 200


@pytest.mark.parametrize("target", ["http://localhost{}", "http://evil.test{}", "http://localhost@evil.test{}"])
def test_an_absolute_target_opens_nothing(shop, target):
    """No browser sends one to a server; a proxy's form neither replaces the Host header nor a credential."""
    whole = target.format(f"{PREFIX}/overview")
    assert fix_doors.send(shop[0], "GET", whole, OPERATOR, host="evil.test").status in {400, 404, 421}
    assert fix_doors.send(shop[0], "GET", whole).status in {400, 404}


FOREIGN_PAGES = [
    ("Origin: http://evil.test",),
    ("Origin: https://localhost.evil.test",),
    ("Origin: http://localhost:1",),
    ("Origin: http://localhost@evil.test",),
    ("Origin: null",),
    ("Origin: ",),
    ("Origin: file://",),
    ("Sec-Fetch-Site: cross-site",),
    ("Sec-Fetch-Site: same-site",),
    ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
    ("Sec-Fetch-Site: ",),
    ("Sec-Fetch-Site: nonsense",),
    ("Sec-Fetch-Site: cross-site", "Origin: http://localhost"),
]
GIVEN_UP = {0, 400, 431}
"""Refused by the server's own parser, or by us."""
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/json"]


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("page", FOREIGN_PAGES)
def test_no_foreign_page_changes_anything_even_with_the_token(shop, page, path):
    port, pace = shop
    for credential in (OPERATOR, f"X-Paceline-Token: {fix_web.OPERATOR_TOKEN}"):
        assert fix_doors.send(port, "POST", PREFIX + path, credential, "X-Paceline: 1", *page).status == 403
    assert pace.service.store.commands(0) == []


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("form", FORMS)
def test_a_browser_session_changes_nothing_whatever_the_page_sends(shop, cookie, form, path):
    port, pace = shop
    sent = (cookie, f"Content-Type: {form}", "Sec-Fetch-Site: same-origin", "X-Paceline: 1")
    assert fix_doors.send(port, "POST", PREFIX + path, *sent, body="what=all").status == 403
    assert pace.service.store.commands(0) == []


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_or_parameter_does_not_make_a_change_of_a_question(shop, cookie, name):
    port, pace = shop
    for path in CHANGES:
        for credential in (cookie, OPERATOR):
            asked = fix_doors.send(port, "GET", f"{PREFIX}{path}", credential)
            assert fix_doors.send(port, "GET", f"{PREFIX}{path}", credential, f"{name}: POST") == asked
            assert fix_doors.send(port, "GET", f"{PREFIX}{path}?_method=POST", credential).status in {405, 422}
    assert pace.service.store.commands(0) == []


def test_the_answer_to_a_preflight_allows_nothing(shop, cookie):
    asked = (
        "Origin: http://evil.test",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: x-paceline",
    )
    for credential in ((), (cookie,), (OPERATOR,)):
        answer = fix_doors.send(shop[0], "OPTIONS", f"{PREFIX}/clear-metrics", *asked, *credential)
        assert answer.status in {403, 404}
        assert not any(name.startswith("access-control") for name, _ in answer.headers)


def test_a_host_that_believes_cookies_is_covered_by_a_header_of_ours(tmp_path):
    """With `authorize` the host says operator to everybody; a form of a foreign page still does nothing."""
    with fix_doors.hosted(tmp_path, settings={"authorize": lambda _scope: "operator"}) as (port, pace):
        for path in CHANGES:
            for form in FORMS:
                sent = (f"Content-Type: {form}", "Cookie: session=believed")
                assert fix_doors.send(port, "POST", PREFIX + path, *sent, body="what=all").status == 403
            for page in FOREIGN_PAGES:
                assert fix_doors.send(port, "POST", PREFIX + path, "X-Paceline: 1", *page).status == 403
        assert pace.service.store.commands(0) == []


INJECTIONS = [
    (f"{PREFIX}/%0d%0aX-Injected:%201", ()),
    (f"{PREFIX}%0d%0aX-Injected:%201/", ()),
    (f"{PREFIX}/overview?since=%0d%0aX-Injected:%201", ()),
    (f"{PREFIX}/api/stats?sort=share%0d%0aX-Injected:%201", ()),
    (f"{PREFIX}/traces/x%0d%0aX-Injected:%201", ()),
    (f"{PREFIX}/live?poll=1", ("Last-Event-ID: 1%0d%0aX-Injected: 1",)),
    (f"{PREFIX}/overview.js", ('If-None-Match: "x"%0d%0aX-Injected: 1',)),
    (f"{PREFIX}/overview.js", ("If-None-Match: x\rX-Injected: 1",)),
    (f"{PREFIX}/login", ("Origin: http://localhost%0d%0aX-Injected: 1",)),
]


@pytest.mark.parametrize(("target", "lines"), INJECTIONS)
def test_nothing_that_is_sent_becomes_a_header_of_the_answer(shop, target, lines):
    answer = fix_doors.send(shop[0], "GET", target, OPERATOR, *lines)
    assert answer.status < 500
    assert answer.header("x-injected") is None
    assert b"X-Injected" not in answer.body or answer.header("content-type") == "application/problem+json"


TRAVERSALS = [
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/%252e%252e%252fetc/passwd",
    "/..\\..\\settings.py",
    "/..%5c..%5csettings.py",
    "/%c0%ae%c0%ae/settings.py",
    "/overview.js/../../settings.py",
    "/overview.js%00.html",
    "/overview.js/..;/settings.py",
    "/static/../settings.py",
    "/static/index.html",
    "/index.html",
    "/examples.json",
    "/settings.py",
    "/login.js/../../tokens.json",
    "//etc/passwd",
    "/file:///etc/passwd",
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_file_can_be_had_but_those_that_are_listed(shop, path):
    for sent in ((), (OPERATOR,)):
        answer = fix_doors.send(shop[0], "GET", PREFIX + path, *sent)
        assert answer.status in {400, 404}
        assert b"root:" not in answer.body
        assert b"import " not in answer.body


def test_what_is_too_large_is_refused_before_it_is_read(shop):
    """As a problem of ours, or by the server's own parser."""
    port, _ = shop
    for credential in ((), (OPERATOR,)):
        assert fix_doors.send(port, "GET", f"{PREFIX}/overview?since={'x' * 9_000}", *credential).status == 414
        assert fix_doors.send(port, "GET", f"{PREFIX}/{'x' * 9_000}", *credential).status == 414
        assert fix_doors.send(port, "GET", f"{PREFIX}/overview", f"X-Long: {'x' * 40_000}", *credential).status == 431
        assert (
            fix_doors.send(port, "GET", f"{PREFIX}/overview", f"Cookie: {'x=y; ' * 30_000}", *credential).status
            in GIVEN_UP
        )
        many = [f"X-{number}: y" for number in range(6_000)]
        assert fix_doors.send(port, "GET", f"{PREFIX}/overview", *many, *credential).status in GIVEN_UP
        announced = f"Content-Length: {10**9}"
        assert fix_doors.send(port, "POST", f"{PREFIX}/clear-metrics", announced, *credential).status == 413
        assert fix_doors.send(port, "POST", f"{PREFIX}/session", announced, *credential).status == 413
    for number in ("-1", "1e9", "9" * 30):
        line = f"Content-Length: {number}"
        assert fix_doors.send(port, "POST", f"{PREFIX}/clear-metrics", line).status in {400, 413}
    assert fix_doors.send(port, "GET", "/").body == b'"the shop"', "the host goes on"


@pytest.mark.parametrize(
    "sent",
    [
        "Cookie: {name}=",
        "Cookie: {name}=..",
        "Cookie: {name}=99999999999999.x.y",
        "Cookie: {name}={operator}",
        "Cookie: {name}={viewer}",
        "Cookie: {other}",
        "Cookie: {name}={expired}",
        "Cookie: {name}={foreign}",
        "Cookie: {{{{{{",
        "Cookie: ;;;=;=",
        "Cookie: {name}=\xff\xfe",
    ],
)
def test_a_cookie_that_is_not_ours_opens_nothing(shop, tmp_path, sent):
    """Made up, expired, of another service, or with a token for its value."""
    port, pace = shop
    nothing = fix_doors.send(port, "GET", f"{PREFIX}/no-such-thing")
    ours, other = pace.access(), fix_web.tokens.Access(fix_web.settings.WebSettings(), tmp_path)
    past = fix_web.tokens.Access(fix_web.SETTINGS, tmp_path, clock=fix_web.clocks.FakeClock())
    assert past.cookie_name == ours.cookie_name
    line = sent.format(
        name=ours.cookie_name,
        viewer=fix_web.VIEWER_TOKEN,
        operator=fix_web.OPERATOR_TOKEN,
        expired=past.new_session(),
        foreign=other.new_session(),
        other=f"{other.cookie_name}={other.new_session()}",
    )
    assert fix_doors.send(port, "GET", f"{PREFIX}/overview", line) == nothing
