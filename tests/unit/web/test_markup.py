"""Text that others have chosen stays text: answers are JSON of a declared type, and problems are too."""

import json
from urllib.parse import quote

import pytest
from tests import fix_hostile, fix_web

from paceline.web import documentation

ASK = {"/timeseries": "?metric=requests", "/live": "?poll=1"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return fix_hostile.hostile_app(tmp_path_factory.mktemp("hostile"))


def texts(value):
    """Every text in an answer."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def is_inert(answer):
    """Whether no browser takes the answer for anything but data."""
    kind = answer.headers["content-type"]
    assert kind in {"application/json", "application/problem+json"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    json.loads(answer.content)
    return True


def test_every_answer_over_a_hostile_store_is_data(app):
    described = documentation.described(app)
    carried = 0
    for path, method, _ in documentation.operations(described):
        if method == "get":
            there = path.replace("{trace_id}", fix_web.TRACE_ID) + ASK.get(path, "")
            answer = fix_web.ask(app, "GET", there, headers=fix_web.VIEWER)
            assert is_inert(answer), path
            carried += any(fix_hostile.MARK in text for text in texts(answer.json()))
    assert carried >= 8, "the attacks came through as they are, as text"


@pytest.mark.parametrize("attack", fix_hostile.ATTACKS)
def test_an_attack_in_a_parameter_or_path_comes_back_as_data_if_at_all(app, attack):
    sent = quote(attack, safe="")
    described = documentation.described(app)
    for path, method, operation in documentation.operations(described):
        if method != "get":
            continue
        there = path.replace("{trace_id}", sent)
        names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        for query in [f"{name}={sent}" for name in names] or [f"{sent}={sent}"]:
            answer = fix_web.ask(
                app, "GET", f"{there}?{query}{'&poll=1' if path == '/live' else ''}", headers=fix_web.VIEWER
            )
            assert answer.status_code < 500 or answer.status_code == 503  # no database is named here
            assert is_inert(answer)


def test_a_header_that_is_an_attack_is_no_part_of_an_answer(app):
    sent = {**fix_web.VIEWER, "Accept": "text/html", "Origin": "http://<script>", "Referer": "javascript:x"}
    assert is_inert(fix_web.ask(app, "GET", "/overview", headers=sent))
    assert is_inert(fix_web.ask(app, "GET", "/nothing/<script>", headers=sent))
