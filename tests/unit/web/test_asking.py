"""Questions take a few threads of our own and no more; numbers that JSON cannot say become null."""

import asyncio
import dataclasses
import json
import threading
import types

import pytest
from tests import fix_web

from paceline import errors
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


def test_a_question_does_not_queue_for_long_behind_a_database_that_hangs(tmp_path):
    """A server that is told to leave waits for open answers: a queue of them would hold it up for minutes."""
    desk, gate = asking.Desk(fix_web.shop_service(tmp_path), patience_s=0.05), threading.Event()

    async def story():
        hanging = [asyncio.create_task(desk.ask_database(lambda _service: gate.wait(5))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(errors.ServiceUnavailable, match="2 earlier questions yet: ask again"):
            await desk.ask_database(lambda _service: None)
        assert await desk.ask(lambda _service: "free") == "free"
        gate.set()
        assert await asyncio.gather(*hanging) == [True, True]
        assert await desk.ask_database(lambda _service: "again") == "again"

    asyncio.run(story())


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
