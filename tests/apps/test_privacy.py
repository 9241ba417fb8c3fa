"""A marker goes in wherever users can put one, and comes out nowhere: not in the store, a log line or an answer."""

import asyncio
import contextlib
import dataclasses
import logging

import httpx
import pytest
from tests.apps import canary_app
from tests.fix_observed import serving

import paceline

CANARY = "canary7f3a"
TOKEN = "a-token-for-viewers-only"

PATHS = [
    f"/{CANARY}",
    f"/t/{CANARY}/raise/{CANARY}",
    f"/t/{CANARY}/nothing/{CANARY}",
    *(f"/db/{name}/{CANARY}" for name in ("literal", "bind", "repeated", "unique", "broken")),
    *(f"/fail/{name}/{CANARY}" for name in ("raise", "refuse", "stream", "socket", CANARY)),
]


def visit(port):
    """Put the marker into path, query, headers, cookie and body of every kind of request."""
    headers = {
        "Connection": "close",
        "Authorization": f"Bearer {CANARY}",
        "X-Person": CANARY,
        "User-Agent": CANARY,
        "Referer": CANARY,
    }
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, cookies={"session": CANARY}) as client:
        for path in PATHS:
            with contextlib.suppress(httpx.TransportError):
                client.get(path, params={"q": CANARY, CANARY: "x"})
        client.post(f"/body/{CANARY}", content=CANARY * 20)
        client.post(f"/body/{CANARY}", json={CANARY: CANARY})
        client.request("DELETE", f"/body/{CANARY}")
        client.get(f"/performance/api/stats?since={CANARY}")
        client.get(f"/performance/{CANARY}", headers={"Authorization": f"Bearer {TOKEN}"})


def answers(service):
    """Return everything that the service says."""
    asked = [
        service.overview(),
        service.health(),
        service.api_stats(top=100),
        service.database_stats(top=100),
        service.frequency(limit=1_000),
        service.memory_stats(),
        service.live(),
        service.traces(limit=1_000),
        *(service.slow_queries(by=by, limit=1_000) for by in ("statement", "execution")),
        *(service.slow_requests(by=by, limit=1_000) for by in ("route", "execution")),
    ]
    kept = service.traces(limit=1_000).rows
    return asked + [service.trace(trace_id=one.trace_id) for one in kept], kept


@pytest.fixture(params=["types", "values"])
def visited(request, tmp_path, monkeypatch, caplog, capfd):
    """An application that was visited with markers, everything slow enough for the slow log, and its remains."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG, "paceline")
    app, engine = canary_app.create_app()
    pace = paceline.Paceline(
        store=f"sqlite:///{tmp_path}/a.db",
        slow_statement_ms=0.0001,
        slow_response_ms=0.0001,
        viewer_token=TOKEN,
        statement_samples=request.param,
    ).install(app)
    with serving(app, lifespan="on") as port:
        visit(port)
        pace._running().flusher.flush()
        kept_files = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    yield pace, kept_files
    pace.stop()
    asyncio.run(engine.dispose())


def test_the_marker_comes_out_nowhere(visited, tmp_path, caplog, capfd):
    pace, while_running = visited
    said, kept = answers(pace.service)
    assert len(kept) > 10, "the search means nothing when nothing was kept"
    assert pace.service.slow_queries(by="execution", limit=1_000).rows
    executions = pace.slow_queries(by="execution", limit=1_000).rows
    assert any(f"str({len(CANARY)})" in (row.parameter_types or ()) for row in executions)
    memory = [pace.samples(row.fingerprint) for row in executions]
    in_memory = [one for each in memory for one in each.samples if CANARY in str(one.values)]
    assert bool(in_memory) == (memory[0].mode == "values"), "values are in memory if asked for, and nowhere else"
    shown = [str(dataclasses.asdict(one)) for one in said]
    assert not [text for text in shown if CANARY in text]
    pace.stop()
    for files in (while_running, {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}):
        assert any(file.name == "a.db" for file in files)
        assert not [file for file, content in files.items() if CANARY.encode() in content]
    logged = [*caplog.get_records("setup"), *caplog.records]
    ours = [record for record in logged if record.name.startswith("paceline")]
    assert any(record.name == "paceline.slow" for record in ours)
    assert not [record.getMessage() for record in ours if CANARY in record.getMessage() or record.exc_info]
    streams = capfd.readouterr()
    assert CANARY not in streams.out + streams.err
