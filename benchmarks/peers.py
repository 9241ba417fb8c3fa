"""What the tools of the field cost on the same application, in the same run.

OpenTelemetry and prometheus-fastapi-instrumentator go into one application each, so they stand in one process with the
bare one. Sentry replaces functions of the whole process: it is measured between two processes that take turns, where
an effect below some 15 us would not show; its own is ten times that. Nothing leaves the process: spans are made,
batched and thrown away, so what the others would pay for encoding and the network is not in their figures.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks import abba, subjects

BLOCK = 100
ROUNDS = 100
PATH = "/api/v1/users/1"
OPENTELEMETRY = "OpenTelemetry, FastAPI instrumentation with spans and metrics"
PROMETHEUS = "prometheus-fastapi-instrumentator, metrics only"


def run() -> dict[str, Any]:
    """Return the figures, by name."""
    figures = asyncio.run(_in_one_process())
    figures |= {f"Sentry, {name}": _between_processes(rate) for name, rate in SENTRY.items()}
    ours = figures["paceline"].mean_ns
    others = {name: added for name, added in figures.items() if name != "paceline"}
    return {**figures, **{f"times paceline: {name}": round(added.mean_ns / ours, 1) for name, added in others.items()}}


async def _in_one_process() -> dict[str, abba.Added]:
    watched, pace = subjects.watched()
    bare = subjects.bare()
    contestants = {"paceline": watched, PROMETHEUS: _prometheus(), OPENTELEMETRY: _opentelemetry()}
    try:
        return {name: await _added(bare, app) for name, app in contestants.items()}
    finally:
        pace.stop()


async def _added(bare: Any, app: Any) -> abba.Added:
    blocks = [functools.partial(subjects.run_block, each, PATH, BLOCK) for each in (bare, app)]
    return await abba.added(*blocks, work_per_block=BLOCK, rounds=ROUNDS)


def _prometheus() -> Any:
    from prometheus_client import CollectorRegistry
    from prometheus_fastapi_instrumentator import Instrumentator

    app = subjects.bare()
    Instrumentator(registry=CollectorRegistry()).instrument(app)
    return app


def _opentelemetry() -> Any:
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Nowhere(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    app = subjects.bare()
    # Providers of its own: a global one would also switch on what FastAPI itself measures, in the bare application too.
    spans = TracerProvider()
    spans.add_span_processor(BatchSpanProcessor(Nowhere()))
    metrics = MeterProvider([InMemoryMetricReader()])
    FastAPIInstrumentor.instrument_app(app, tracer_provider=spans, meter_provider=metrics)
    return app


SENTRY = {"errors only": 0.0, "traces of all requests": 1.0}

TURNS = """
import asyncio, sys, time
from benchmarks import subjects
if sys.argv[1] != "bare":
    import sentry_sdk
    class Nowhere(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope): pass
    sentry_sdk.init("http://key@127.0.0.1/1", transport=Nowhere, traces_sample_rate=float(sys.argv[1]) or None)
app = subjects.bare()
async def turns():
    loop = asyncio.get_running_loop()
    await subjects.run_block(app, sys.argv[2], 300)
    while await loop.run_in_executor(None, sys.stdin.readline):
        began = time.process_time_ns()
        await subjects.run_block(app, sys.argv[2], int(sys.argv[3]))
        print(time.process_time_ns() - began, flush=True)
asyncio.run(turns())
"""


@contextlib.contextmanager
def _taking_turns(what: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", TURNS, what, PATH, str(BLOCK)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _between_processes(rate: float) -> abba.Added:
    with _taking_turns("bare") as bare, _taking_turns(str(rate)) as sentry:
        turns = abba.turns(functools.partial(_turn, bare), functools.partial(_turn, sentry), rounds=ROUNDS)
        return abba.summed(turns, work_per_block=BLOCK)


def _turn(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return int(process.stdout.readline())
