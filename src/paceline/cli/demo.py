"""`paceline demo`: a real shop on a real PostgreSQL, watched, with customers; then what they waited for."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from paceline import errors
from paceline import settings as loader
from paceline.cli import exit_codes, report
from paceline.demo import mistakes as mistakes_
from paceline.demo import processes, watched
from paceline.engine import configuration, parts, service
from paceline.engine.answers import json_form
from paceline.engine.answers.requests import endpoints, statements
from paceline.integrations import install
from paceline.web import settings as web_settings

ONCE_S = 30.0
LAST_FLUSH_S = 2.6
"""The shop's last window is in the store within one interval of 2 s and the time to write it."""
REFRESH_S = 2.0


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Run for --seconds, print the report and leave.")] = False,
    seconds: Annotated[float, typer.Option(min=3, max=3_600, help="Length of a --once run.")] = ONCE_S,
    rps: Annotated[float, typer.Option(min=0.1, max=2_000, help="Requests a second, Poisson arrivals.")] = 40.0,
    scale: Annotated[float, typer.Option(min=0.01, max=10, help="Size of the data; 1 is 2.5 million rows.")] = 1.0,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Port of the shop; else a free one.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Make the data anew.")] = False,
    mistakes: Annotated[str, typer.Option(help="all, none, or a comma list; see docs/explain/demo-shop.md.")] = "all",
    directory: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Where the database is kept; else in a folder of the user's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report of a --once run as JSON.")] = False,
) -> None:
    """Run a sample shop on PostgreSQL with paceline around it.

    Example: paceline demo --once --rps 40
    """
    if as_json and not once:
        message = "--json prints the report of a --once run: add --once"
        raise errors.UsageError(message)
    options = processes.DemoOptions(
        rps=rps,
        scale=scale,
        port=port,
        reset=reset,
        mistakes=mistakes_.parse_mistakes(mistakes),
        directory=directory,
    )
    console = Console(stderr=as_json)
    began = time.monotonic()
    # A run that was to give a report and gave none did not go well; a shop that was to run until told has done so.
    with _leave_on_sigterm(exit_codes.INTERRUPTED if once else exit_codes.OK), processes.Demo(options) as running:
        _prepare(running, console)
        if once:
            _once(running, console, seconds, as_json=as_json)
        else:
            _live(running, console, began)


def _prepare(running: processes.Demo, console: Console) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("PostgreSQL starts", total=None)
        dsn = running.start_database()

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=f"data: {what}", completed=done, total=total)

        running.fill(dsn, tell)
        progress.update(task, description="the shop opens", completed=0, total=None)
        running.start_shop(dsn)


def _service() -> service.Service:
    configured = configuration.configure({"service": watched.SERVICE})
    return parts.service_of(configured, parts.open_store(configured))


def _once(running: processes.Demo, console: Console, seconds: float, *, as_json: bool) -> None:
    asked = _service()
    since = datetime.now(UTC).isoformat()
    customers = running.start_customers(seconds)
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as progress:
        task = progress.add_task(f"customers come, {running.options.rps:g} requests/s", total=seconds)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            running.check_shop()
            progress.update(task, completed=seconds - max(0.0, deadline - time.monotonic()))
            time.sleep(0.2)
    sent = customers.report(timeout_s=35.0)
    time.sleep(LAST_FLUSH_S)
    if as_json:
        document = {
            "api": json_form.to_json(asked.api_stats(since=since)),
            "database": json_form.to_json(asked.database_stats(since=since)),
            "overview": json_form.to_json(asked.overview()),
            "traffic": sent,
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    for part in _report(asked, since, limit=8):
        console.print(part)
    if sent is not None:
        console.print(_customers_line(sent))


def _live(running: processes.Demo, console: Console, began: float) -> None:
    asked = _service()
    running.start_customers()
    wanted = loader.load(web_settings.WebSettings).values
    url = install.access_of(wanted, watched.SERVICE).one_time_url(running.base_url)
    console.print(f"The shop runs at {running.base_url} (ready after {time.monotonic() - began:.0f} s).")
    console.print("Its performance, once within ten minutes:")
    console.print(Text(f"  {url}", "bold cyan"), soft_wrap=True)
    console.print("Ctrl-C ends everything.\n")
    with Live(console=console, auto_refresh=False) as live:
        while True:
            running.check()
            live.update(Group(*_report(asked, "60s", limit=8)), refresh=True)
            time.sleep(REFRESH_S)


def _report(asked: service.Service, since: str, limit: int) -> list[RenderableType]:
    stats = asked.api_stats(since=since, top=limit)
    database = asked.database_stats(since=since, top=limit)
    return [
        report.endpoints_table(stats, limit),
        report.statements_table(database, limit),
        *_summary(asked, stats, database),
    ]


def _summary(asked: service.Service, stats: endpoints.ApiStats, database: statements.DatabaseStats) -> list[str]:
    """Return the lines below the tables; the requests are of this run, not of the last hour."""
    overview = asked.overview()
    lines = (report.requests_line(stats), report.database_line(database))
    return [*lines, report.memory_line(overview), report.own_cost_line(overview)]


def _customers_line(sent: Mapping[str, Any]) -> str:
    total = sent["total"]
    response = total["response"]
    return (
        f"Customers' side: {total['sent']} sent, {total['completed']} answered, {total['abandoned']} left before, "
        f"p50 {response['p50_ms']:.1f} ms, p95 {response['p95_ms']:.1f} ms, p99 {response['p99_ms']:.1f} ms"
    )


@contextlib.contextmanager
def _leave_on_sigterm(code: int) -> Generator[None]:
    """Turn SIGTERM into an ordinary end, so that everything that was started is stopped."""

    def leave(*_: object) -> NoReturn:
        sys.exit(code)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
