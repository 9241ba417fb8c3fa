"""Connections under a run: what is sent is counted once, whatever the server does to them."""

import asyncio

from tests.unit.prove.load.fix_raw_server import Raw, serving

from paceline.prove.load import plan, results, scenario, schedule, worker

HI = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
GET = scenario.Request("GET", "/")
POST = scenario.Request("POST", "/", b"x")


def load(respond, *requests, rate_per_s=200.0, duration_s=0.2, close_after_each=False, **more):
    """Serve and load in one loop; return the server's view and the report."""

    async def both() -> tuple[Raw, results.LoadReport]:
        arrivals = schedule.constant(rate_per_s, duration_s)
        async with serving(respond, close_after_each=close_after_each) as raw:
            orders = plan.Plan(arrivals, scenario.Cycle(requests or (GET,)), raw.url, **more)
            counted = await worker.run(orders)
            return raw, results.LoadReport.of(counted)

    raw, report = asyncio.run(both())
    total = report.total
    assert total.sent == total.completed + total.abandoned + sum(total.errors.values())
    return raw, report


def test_one_connection_is_reused_while_answers_are_faster_than_arrivals():
    async def respond(raw, line, number):
        return HI

    raw, report = load(respond, rate_per_s=50)

    assert report.total.completed == len(raw.lines) == 10
    assert report.connections < 10
    assert report.total.received_bytes == 10 * len(HI)


def test_no_request_waits_for_another_ones_answer_below_the_bound():
    """The server answers nobody until all twenty have arrived: a generator that waits would never end."""
    arrived = asyncio.Event()

    async def respond(raw, line, number):
        if len(raw.lines) == 20:
            arrived.set()
        await arrived.wait()
        return HI

    _, report = load(respond, rate_per_s=400, duration_s=0.05, timeout_s=5)

    assert report.total.completed == report.connections == 20
    assert report.queued == 0


def test_at_the_bound_requests_queue_and_all_are_served():
    async def respond(raw, line, number):
        await asyncio.sleep(0.01)
        return HI

    raw, report = load(respond, rate_per_s=2_000, duration_s=0.02, connections=2)

    assert report.total.completed == len(raw.lines) == 40
    assert report.connections == 2
    assert report.queued >= 36
    assert report.total.response.p50_ms > 3 * report.total.service.p50_ms  # 20 rounds of two: most of it is queueing


def test_a_server_that_closes_after_each_answer_loses_nothing():
    async def respond(raw, line, number):
        return HI

    raw, report = load(respond, close_after_each=True)

    assert report.total.completed == len(raw.lines) == 40
    assert report.connections >= 40


def test_an_announced_close_is_not_sent_to_again():
    async def respond(raw, line, number):
        return b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"

    raw, report = load(respond, POST)

    assert report.total.completed == len(raw.lines) == report.connections == 40
    assert report.retries == 0


async def answer_once_per_connection(raw, line, number):
    return HI if number == 1 else None


def test_a_stale_connection_costs_an_idempotent_request_one_silent_retry():
    raw, report = load(answer_once_per_connection, GET, rate_per_s=100)

    assert report.total.completed == 20
    assert report.total.errors == {}
    assert 10 <= report.retries <= 19  # 19, unless the machine held arrivals up and they met on new connections
    assert len(raw.lines) == 20 + report.retries


def test_a_write_is_never_sent_twice():
    raw, report = load(answer_once_per_connection, POST, rate_per_s=100)

    assert len(raw.lines) == report.total.sent == 20
    assert 5 <= report.total.errors["reset"] <= 10  # every second one, unless arrivals met on new connections
    assert report.retries == 0


def test_a_connection_that_fails_from_the_start_is_not_retried():
    async def respond(raw, line, number):
        return None

    raw, report = load(respond)

    assert report.total.errors == {"reset": 40}
    assert (len(raw.lines), report.retries, report.valid) == (40, 0, False)


def test_an_answer_cut_off_in_its_body_is_a_reset_and_not_retried():
    async def respond(raw, line, number):
        return HI if number == 1 else b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nh"

    _, report = load(respond, rate_per_s=100)

    assert 5 <= report.total.errors["reset"] <= 10
    assert report.retries == 0


def test_a_body_until_the_close_is_complete():
    async def respond(raw, line, number):
        return b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it"

    _, report = load(respond)

    assert report.total.status_codes == {"200": 40}


def test_an_answer_that_is_no_http_is_a_protocol_error():
    async def respond(raw, line, number):
        return b"220 mail ready\r\n"

    _, report = load(respond)

    assert report.total.errors == {"protocol": 40}


def test_silence_is_a_timeout_that_counts_with_its_time():
    async def respond(raw, line, number):
        return b"" if line.startswith(b"GET /hang") else HI

    _, report = load(respond, GET, scenario.Request("GET", "/hang"), rate_per_s=100, timeout_s=0.2)

    assert report.total.errors == {"timeout": 10}
    assert report.total.status_codes == {"200": 10}
    by_label = {row.label: row for row in report.labels}
    assert by_label["GET /hang"].response.p50_ms >= 200
    assert by_label["GET /"].response.p50_ms < 200


def test_who_waits_for_a_connection_times_out_too():
    async def respond(raw, line, number):
        return b""

    _, report = load(respond, rate_per_s=100, timeout_s=0.2, connections=1)

    assert report.total.errors == {"timeout": 20}


def test_a_server_that_stops_listening_gives_connect_errors():
    async def respond(raw, line, number):
        raw.server.close()
        return b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"

    _, report = load(respond, rate_per_s=100)

    assert report.total.completed >= 1
    assert report.total.errors == {"connect": 20 - report.total.completed}


def test_a_response_that_nobody_asked_for_closes_its_connection():
    """It must not be taken for the answer to the next request."""

    async def respond(raw, line, number):
        return HI + b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"

    raw, report = load(respond)

    assert report.total.status_codes == {"200": 40}
    assert report.connections == len(raw.lines) == 40


LEAVING = scenario.Request("GET", "/", abandon_after_s=0.05)


def test_a_client_that_leaves_closes_its_connection_and_is_no_error():
    """Nobody is ever answered; each has a connection of its own."""

    async def respond(raw, line, number):
        return b""

    async def story():
        async with serving(respond) as raw:
            orders = plan.Plan(schedule.constant(200, 0.1), scenario.Cycle((LEAVING,)), raw.url, timeout_s=5)
            return results.LoadReport.of(await worker.run(orders))

    report = asyncio.run(story())
    assert (report.total.sent, report.total.abandoned, report.total.completed) == (20, 20, 0)
    assert report.total.errors == {}
    assert report.connections == 20
    assert report.total.response == results.Latency(0, 0, 0, 0, 0)


def test_who_would_leave_later_than_the_answer_comes_stays_and_the_connection_lives_on():
    async def respond(raw, line, number):
        return HI

    patient = scenario.Request("GET", "/", abandon_after_s=0.2)  # the clock of the first runs out during the others
    _, report = load(respond, patient, rate_per_s=50, duration_s=0.4)

    assert (report.total.completed, report.total.abandoned) == (20, 0)
    assert report.connections < 20


def test_only_who_is_told_to_leave_does():
    async def respond(raw, line, number):
        await asyncio.sleep(0.2)
        return HI

    _, report = load(respond, GET, LEAVING, rate_per_s=100)

    assert (report.total.completed, report.total.abandoned) == (10, 10)
