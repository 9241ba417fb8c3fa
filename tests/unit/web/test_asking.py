"""Questions take a few threads of our own and no more; numbers that JSON cannot say become null."""

import asyncio
import dataclasses
import json
import threading
import types

import pytest
from tests import fix_web

from paceline.web import asking


def test_four_questions_at_most_are_answered_at_once(tmp_path):
    desk = asking.Desk(fix_web.shop_service(tmp_path))
    running, most, lock = 0, 0, threading.Lock()
    gate = threading.Event()

    def question(_service):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == asking.MAX_AT_ONCE:
                gate.set()
        gate.wait(5)
        with lock:
            running -= 1

    async def story():
        await asyncio.gather(*(desk.ask(question) for _ in range(20)))

    asyncio.run(story())
    assert most == asking.MAX_AT_ONCE


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """An answer with everything that is hard to say in JSON."""

    numbers: tuple[float, ...]
    counts: types.MappingProxyType


def test_an_answer_becomes_json_that_every_client_reads():
    body = asking.to_json(Example((1.5, float("nan"), float("inf")), types.MappingProxyType({"<other>": 1})))
    assert json.loads(body) == {"numbers": [1.5, None, None], "counts": {"<other>": 1}}


def test_what_has_no_json_form_is_an_error_of_ours():
    with pytest.raises(Exception, match="object has no JSON form"):
        asking.to_json({"x": object()})
