"""Every answer carries the headers that keep a browser from doing more than it should."""

import asyncio

import pytest
from tests import fix_web

from paceline.web import headers


def sent(*given):
    """Return the headers of an answer that goes out with these."""
    messages = []

    async def send(message):
        messages.append(message)

    start = {"type": "http.response.start", "status": 200, "headers": list(given)}
    asyncio.run(headers.adding(send)(start))
    return [(name.decode(), value.decode()) for name, value in messages[0]["headers"]]


def test_each_header_stands_once_also_when_the_answer_had_its_own():
    found = sent((b"content-security-policy", b"default-src *"), (b"x-mine", b"1"))
    names = [name for name, _ in found]

    assert sorted(names) == sorted({*headers.ALWAYS, "cache-control", "x-mine"})
    assert dict(found)["content-security-policy"] == headers.CONTENT_SECURITY_POLICY


def test_an_answer_is_stored_nowhere_unless_it_says_otherwise():
    assert dict(sent())["cache-control"] == "no-store"
    assert dict(sent((b"cache-control", b"max-age=60")))["cache-control"] == "max-age=60"


def test_a_body_passes_as_it_is():
    passed = []

    async def send(message):
        passed.append(message)

    body = {"type": "http.response.body", "body": b"x"}
    asyncio.run(headers.adding(send)(body))
    assert passed == [body]
    assert passed[0] is body


@pytest.mark.parametrize(
    "path", ["/", "/overview", "/nothing-here", "/database/stats?limit=x", "/docs", "/openapi.json"]
)
@pytest.mark.parametrize("who", [{}, fix_web.VIEWER], ids=["nobody", "viewer"])
def test_pages_answers_and_refusals_alike_have_them(path, who, tmp_path):
    answer = fix_web.ask(fix_web.shop_app(tmp_path), "GET", path, headers=who)

    assert {name: answer.headers[name] for name in headers.ALWAYS} == headers.ALWAYS


@pytest.mark.parametrize("allowed", ["unsafe-inline", "unsafe-eval", "http:", "https:", "*"])
def test_the_policy_allows_no_inline_script_and_no_foreign_host(allowed):
    assert allowed not in headers.CONTENT_SECURITY_POLICY
