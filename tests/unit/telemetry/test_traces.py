"""A trace goes to the store and comes back as it was."""

import json

from paceline.telemetry import traces

SPAN = traces.Span("f1", 10, 20, "shop/cart.py:7", 3)
TRACE = traces.Trace("t", 5, "GET", "/a/{b}", None, "server_error", 9, None, "77", "error", "KeyError", (SPAN,) * 2, 8)


def test_json_and_back():
    assert traces.Trace.from_json(json.loads(json.dumps(TRACE.to_json()))) == TRACE


def test_what_a_later_version_wrote_is_read_without_what_is_unknown():
    assert traces.Trace.from_json({**TRACE.to_json(), "a_later_field": 1}) == TRACE
