"""The slow log's lines: what, where, how long; never more than eleven in two seconds."""

import logging

import pytest

from paceline.telemetry import slow_log, window


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.WARNING, "paceline.slow")
    return lambda: caplog.messages


def response(milliseconds=300):
    body = {"method": "GET", "route": "/a/{b}", "status": 200, "duration_ns": int(milliseconds * 1e6)}
    return window.Event(window.SLOW_RESPONSE, 0, body)


def statement(fingerprint="f1", call_site="shop/cart.py:7"):
    body = {"fingerprint": fingerprint, "route": "GET /a/{b}", "duration_ns": 1_500_000_000, "call_site": call_site}
    return window.Event(window.SLOW_STATEMENT, 0, body)


def test_a_line_says_what_took_how_long_and_where(lines):
    slow_log.SlowLog().write([response(), statement()], {"f1": "select $1"})
    assert lines() == [
        "slow response 300 ms GET /a/{b} status 200",
        "slow statement 1.5 s in GET /a/{b} at shop/cart.py:7: select $1",
    ]


def test_a_text_that_came_with_an_earlier_window_is_remembered_and_a_long_one_is_cut(lines):
    log = slow_log.SlowLog()
    log.write([], {"f1": "select " + "a" * 1_000})
    log.write([statement(call_site=None), statement("unknown")], {})
    assert lines()[0].endswith("select " + "a" * (slow_log.MAX_TEXT_CHARS - 7))
    assert " at " not in lines()[0]
    assert lines()[1].endswith(": unknown")


def test_many_are_ten_lines_and_a_count(lines):
    slow_log.SlowLog().write([response()] * 57, {})
    assert len(lines()) == 11
    assert lines()[-1] == "47 more slow statements and responses in the last 2 s"


def test_other_events_are_no_lines(lines):
    slow_log.SlowLog().write([window.Event(window.WORKER, 0, {"pid": 1})], {})
    assert lines() == []
