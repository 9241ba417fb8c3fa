"""Host names are compared without port; requests for foreign pages are told by what browsers say of themselves."""

import pytest
from starlette.datastructures import Headers

from paceline.web.access import hosts


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("localhost.", True),
        ("127.0.0.1:80", True),
        ("[::1]:8000", True),
        ("[::1]", True),
        ("a.shop.test", True),
        ("shop.test", False),
        ("evilshop.test", False),
        ("localhost.evil.test", False),
        ("evil.test", False),
        ("", False),
        ("[::1]evil", False),
        ("[::1", False),
        ("localhost@evil.test", False),
    ],
)
def test_a_host_name_is_ours_or_not(host, allowed):
    names = ("localhost", "127.0.0.1", "[::1]", "*.shop.test")
    assert hosts.AllowedHosts(names).allow(host) is allowed


def test_a_star_takes_any_name_but_not_none():
    assert hosts.AllowedHosts(("*",)).allow("anything.test")
    assert not hosts.AllowedHosts(("*",)).allow("")
    assert not hosts.AllowedHosts(()).allow("localhost")


@pytest.mark.parametrize(
    ("method", "sent", "foreign"),
    [
        ("POST", {}, False),
        ("POST", {"origin": "http://localhost:8000"}, False),
        ("POST", {"origin": "http://localhost:3000"}, True),
        ("POST", {"origin": "null"}, True),
        ("POST", {"origin": "http://localhost:8000", "sec-fetch-site": "cross-site"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, True),
        ("GET", {"sec-fetch-site": "none"}, False),
    ],
)
def test_what_comes_from_a_foreign_page_is_told(method, sent, foreign):
    assert hosts.from_foreign_page(method, Headers({"host": "localhost:8000", **sent})) is foreign


def test_the_path_below_the_mount_is_what_the_guard_judges():
    assert hosts.path_below_mount({"path": "/performance/login", "root_path": "/performance"}) == "/login"
    assert hosts.path_below_mount({"path": "/performance", "root_path": "/performance"}) == ""
    assert hosts.path_below_mount({"path": "/performancex/login", "root_path": "/performance"}) == "/performancex/login"
    assert hosts.path_below_mount({"path": "/login"}) == "/login"
