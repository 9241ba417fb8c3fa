"""One frame per window for everybody; a watcher gets each newer one once, and a sign of life where nothing happens."""

import asyncio
import json

import pytest
from tests import fix_web

from paceline import clock as clocks
from paceline import errors
from paceline.web import asking, live

QUICK = live.Pace(frame_s=0.02, keep_alive_s=0.05, look_s=0.01)


class Counting(asking.Desk):
    """A desk that counts, and can be told to fail."""

    asked = 0
    broken = False

    async def ask(self, question):
        self.asked += 1
        if self.broken:
            raise errors.StoreError("the store is away")
        return await super().ask(question)


@pytest.fixture
def shop(tmp_path):
    clock = clocks.FakeClock()
    return clock, Counting(fix_web.shop_service(tmp_path, clock))


def cursor_of(event: bytes) -> int:
    return int(event.split(b"\n")[0].removeprefix(b"id: "))


async def events(watching, count: int) -> list[bytes]:
    found = []
    async for part in watching:
        if part.startswith(b"id: "):
            found.append(part)
        if len(found) == count:
            break
    await watching.aclose()
    return found


def test_a_watcher_gets_a_frame_of_the_last_minute_at_once(shop):
    _, desk = shop

    async def story():
        return await events(live.Broadcast(desk, QUICK).watch(0), 1)

    (event,) = asyncio.run(story())
    _, kind, data = event.decode().strip().split("\n")
    frame = json.loads(data.removeprefix("data: "))
    assert kind == "event: frame"
    assert frame["cursor"] == cursor_of(event)
    assert sum(point["requests"] for point in frame["points"]) == 12
    assert frame["endpoints"][0]["endpoint"] == "/orders/{order_id}"


def test_a_watcher_that_comes_back_gets_only_what_is_newer(shop):
    clock, desk = shop

    async def story():
        broadcast = live.Broadcast(desk, QUICK)
        (first,) = await events(broadcast.watch(0), 1)
        again = broadcast.watch(cursor_of(first))
        assert await anext(again) == b"retry: 2000\n\n"
        assert await anext(again) == b": keep-alive\n\n"
        clock.advance(2)
        (second,) = await events(again, 1)
        assert cursor_of(second) == cursor_of(first) + 2_000

    asyncio.run(story())


def test_a_frame_is_made_once_for_all_watchers_and_polls(shop):
    _, desk = shop

    async def story():
        broadcast = live.Broadcast(desk, live.Pace(frame_s=60, keep_alive_s=60, look_s=0.01))
        streams = [broadcast.watch(0) for _ in range(10)]
        got = await asyncio.gather(*(events(stream, 1) for stream in streams), broadcast.latest(), broadcast.latest())
        assert len({event for stream in got[:10] for event in stream}) == 1
        assert desk.asked == 1
        assert broadcast.watchers == 0

    asyncio.run(story())


def test_nobody_is_asked_when_nobody_watches(shop):
    _, desk = shop

    async def story():
        broadcast = live.Broadcast(desk, QUICK)
        await events(broadcast.watch(0), 1)
        await asyncio.sleep(0.1)
        before = desk.asked
        await asyncio.sleep(0.1)
        assert desk.asked == before
        await events(broadcast.watch(0), 1)

    asyncio.run(story())


def test_a_store_that_fails_for_a_while_does_not_end_the_stream(shop):
    clock, desk = shop

    async def story():
        broadcast = live.Broadcast(desk, QUICK)
        desk.broken = True
        watching = broadcast.watch(0)
        assert [await anext(watching), await anext(watching)] == [b"retry: 2000\n\n", b": keep-alive\n\n"]
        desk.broken = False
        clock.advance(2)
        assert len(await events(watching, 1)) == 1

    asyncio.run(story())


def test_streams_end_when_the_server_wants_to_stop(shop):
    _, desk = shop
    stopping = False

    async def story():
        nonlocal stopping
        watching = live.Broadcast(desk, live.Pace(look_s=0.01), lambda: stopping).watch(0)
        await anext(watching)
        await anext(watching)
        stopping = True
        async with asyncio.timeout(1):
            assert [part async for part in watching] == []

    asyncio.run(story())


def test_a_long_stream_ends_so_that_the_credential_is_shown_again(shop):
    _, desk = shop

    async def story():
        pace = live.Pace(frame_s=0.02, keep_alive_s=0.02, stream_s=0.1)
        async with asyncio.timeout(1):
            assert [part async for part in live.Broadcast(desk, pace).watch(0)]

    asyncio.run(story())


def test_beyond_twenty_watchers_the_answer_is_to_poll(tmp_path):
    app = fix_web.shop_app(tmp_path)
    app.state.broadcast.watchers = live.MAX_WATCHERS
    refused = fix_web.ask(app, "GET", "/live", headers=fix_web.VIEWER)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "10"
    frame = fix_web.ask(app, "GET", "/live?poll=1", headers=fix_web.VIEWER).json()
    assert frame["cursor"] % 2_000 == 0
