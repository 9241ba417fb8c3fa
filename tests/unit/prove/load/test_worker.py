import asyncio
import threading

import pytest
from tests.unit.prove.load.fix_raw_server import serving

from paceline import errors
from paceline.prove.load import plan, results, scenario, schedule, worker

HI = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
GET = scenario.Request("GET", "/")


async def greet(raw, line, number):
    return HI


async def keep_silent(raw, line, number):
    return b""


def running(respond, steps, arrivals, *, stop_after_s=None, **more):
    async def both():
        stop = asyncio.Event()
        if stop_after_s is not None:
            asyncio.get_running_loop().call_later(stop_after_s, stop.set)
        async with serving(respond) as raw:
            return raw, await worker.run(plan.Plan(arrivals, steps, raw.url), stop=stop, **more)

    return asyncio.run(both())


def test_every_arrival_is_sent_in_order_and_none_before_its_time():
    arrivals = schedule.poisson(300, 0.4, seed=3)
    steps = scenario.Cycle(tuple(scenario.Request("GET", f"/{number}") for number in range(1_000)))

    raw, counted = running(greet, steps, arrivals)

    assert sorted(raw.lines) == sorted(b"GET /%d HTTP/1.1" % number for number in range(len(arrivals)))
    assert counted.lateness.count == counted.total().sent == len(arrivals)
    assert counted.duration_ns >= arrivals[-1] * 1e9


def test_labels_are_counted_apart_and_add_up():
    steps = scenario.Cycle((GET, GET, scenario.Request("GET", "/orders/7", label="GET /orders/{id}")))

    _, counted = running(greet, steps, schedule.constant(300, 0.1))

    assert {label: tally.completed for label, tally in counted.labels.items()} == {"GET /": 20, "GET /orders/{id}": 10}
    assert counted.total().response.count == 30


def test_a_burst_beyond_one_turn_of_the_loop_is_sent_whole():
    arrivals = schedule.constant(1_000_000, 0.0005)

    raw, counted = running(greet, scenario.Cycle((GET,)), arrivals)

    assert len(raw.lines) == counted.total().completed == 500


def test_stop_ends_the_run_with_the_results_so_far():
    _, counted = running(keep_silent, scenario.Cycle((GET,)), schedule.constant(100, 60), stop_after_s=0.2)
    report = results.LoadReport.of(counted)

    assert 1 <= report.total.sent <= 30
    assert report.total.errors == {"stopped": report.total.sent}
    assert "ended early" in report.cautions[0]


def test_a_finite_scenario_ends_the_run():
    class Two:
        def requests(self):
            return iter((GET, GET))

    raw, counted = running(greet, Two(), schedule.constant(100, 60))

    assert len(raw.lines) == counted.total().completed == 2
    assert "2 of 6000" in results.LoadReport.of(counted).cautions[0]


def test_an_empty_schedule_is_over_at_once():
    _, counted = running(greet, scenario.Cycle((GET,)), schedule.constant(1, 1)[:0])

    assert results.LoadReport.of(counted).reasons == ("no request was completed",)


def test_a_scenario_that_raises_ends_the_run_with_its_error():
    class Broken:
        def requests(self):
            yield GET
            raise LookupError("no more products")

    with pytest.raises(LookupError, match="no more products"):
        running(greet, Broken(), schedule.constant(100, 60))


def test_progress_is_told_on_the_way_and_at_the_end():
    told = []
    running(greet, scenario.Cycle((GET,)), schedule.constant(100, 0.7), on_progress=told.append)

    assert len(told) >= 2
    assert 0 < told[0].sent < 70
    assert (told[-1].planned, told[-1].sent, told[-1].completed, told[-1].failed) == (70, 70, 70, 0)


def test_a_progress_callback_that_raises_ends_the_run():
    def wrong(progress):
        raise LookupError("no terminal")

    with pytest.raises(LookupError, match="no terminal"):
        running(greet, scenario.Cycle((GET,)), schedule.constant(100, 60), on_progress=wrong)


def test_an_absent_server_is_told_and_nothing_is_sent():
    async def gone():
        async with serving(greet) as raw:
            url = raw.url
        await worker.run(plan.Plan(schedule.constant(10, 1), scenario.Cycle((GET,)), url))

    with pytest.raises(errors.ServiceUnavailable, match="start it, then the load"):
        asyncio.run(gone())


def test_run_load_works_outside_the_main_thread_too():
    """There it installs no signal handler, and the server may live in the main thread's loop."""
    found = []

    async def serve():
        async with serving(greet) as raw:
            orders = plan.Plan(schedule.constant(100, 0.2), scenario.Cycle((GET,)), raw.url)
            thread = threading.Thread(target=lambda: found.append(worker.run_load(orders)))
            thread.start()
            await asyncio.to_thread(thread.join)

    asyncio.run(serve())
    assert found[0].total().completed == 20
