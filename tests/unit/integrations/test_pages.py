"""Pages that cannot be built answer 503 and close what is no request; the host never notices."""

import asyncio
import json

from paceline.integrations import pages


def ask(kind):
    sent = []

    async def send(message):
        sent.append(message)

    def broken():
        message = "no such thing"
        raise ImportError(message)

    asyncio.run(pages.LazyPages(broken)({"type": kind, "path": "/performance"}, None, send))
    return sent


def test_what_cannot_be_built_is_a_503_and_the_log_has_the_reason(caplog):
    start, body = ask("http")
    assert start["status"] == 503
    assert json.loads(body["body"]) == pages.PROBLEM
    assert "no such thing" in caplog.text
    assert b"no such thing" not in body["body"]


def test_a_websocket_is_closed():
    assert ask("websocket") == [{"type": "websocket.close", "code": 1011}]
