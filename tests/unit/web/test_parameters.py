"""A parameter that a path does not have is refused, so that a slip of the pen never passes for an answer."""

import pytest
from tests import fix_web

from paceline.web import documentation


@pytest.mark.parametrize("query", ["sinc=15m", "since=15m&limt=5", "Since=15m", "since%5B%5D=15m", "_=1", "=", "x"])
def test_a_slip_of_the_pen_is_told_and_not_repeated(tmp_path, query):
    answer = fix_web.ask(fix_web.shop_app(tmp_path), "GET", f"/api/slow-requests?{query}", headers=fix_web.VIEWER)
    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert told["message"] == "Unknown parameter: there are only by, cursor, limit, since, sort, worker"
    assert "sinc=" not in answer.text
    assert "limt" not in answer.text


def test_every_operation_refuses_what_it_does_not_have(tmp_path):
    app = fix_web.shop_app(tmp_path)
    for path, method, _ in documentation.operations(documentation.described(app)):
        there = path.replace("{trace_id}", fix_web.TRACE_ID)
        answer = fix_web.ask(app, method.upper(), f"{there}?no_such_parameter=1", headers=fix_web.OPERATOR)
        assert answer.status_code == (404 if path == "/session" else 422), path  # open to strangers, who learn nothing


def test_pages_take_whatever_their_address_carries(tmp_path):
    app = fix_web.shop_app(tmp_path)
    for path in ("/", "/docs", "/overview.js", "/openapi.json"):
        assert fix_web.ask(app, "GET", f"{path}?v=2", headers=fix_web.VIEWER).status_code == 200
