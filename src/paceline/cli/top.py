"""`paceline top`: what users wait for, live in the terminal, read straight from the store.

On a terminal it stays and draws itself anew; anywhere else, with --once or with --json, it prints once and leaves.
"""

from __future__ import annotations

import datetime as dt
import json
import signal
import threading
from dataclasses import dataclass
from typing import Annotated, NoReturn

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from paceline import clock, errors
from paceline.cli import exit_codes, options, report, stores
from paceline.engine import configuration, parts, time_ranges
from paceline.engine import service as services
from paceline.engine.answers import json_form, overview
from paceline.engine.answers.requests import endpoints, statements
from paceline.telemetry.store import interface

_LINES_AROUND = 12
"""Lines of the screen that hold no row: title, summary, two heads with their rules, and the gaps."""
_MIN_ROWS = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What was read at one moment."""

    at: dt.datetime
    overview: overview.Overview
    api: endpoints.ApiStats
    database: statements.DatabaseStats

    @property
    def is_empty(self) -> bool:
        """Return whether nothing happened in the range."""
        return not self.api.total_requests and not self.database.total_statements


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked at: a service and its store, how far back, and how many rows."""

    service: services.Service
    name: str
    location: str
    since: str
    limit: int

    def ask(self) -> Look:
        """Read the store; errors.UsageError for a range that cannot be."""
        return Look(
            dt.datetime.now().astimezone(),
            self.service.overview(),
            self.service.api_stats(since=self.since, top=self.limit),
            self.service.database_stats(since=self.since, top=self.limit),
        )

    @property
    def span(self) -> str:
        """Return the range in words."""
        return f"since {self.since}" if ":" in self.since else f"last {self.since}"

    def note(self, look: Look) -> str | None:
        """Return why there is nothing to see and what to do; None if there is something."""
        if not look.is_empty:
            return None
        return (
            f"nothing was recorded ({self.span}) in {self.location}: send the service some requests, or "
            "look further back with --since 24h"
        )


def top(
    *,
    store: options.StoreUrl = None,
    service: options.ServiceName = None,
    since: Annotated[str, typer.Option(help="How far back: 90s, 5m, 24h or a moment in RFC 3339.")] = "5m",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Rows per table.")] = 15,
    interval: Annotated[float, typer.Option(min=0.2, max=3_600, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Print once and leave.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Show what users wait for: endpoints and statements by their share of the waiting.

    Reads the store only, so the service may be busy, stuck or stopped. Leave with Ctrl-C.

    Example: paceline top --service shop --since 15m
    """
    time_ranges.start_ms(since, clock.SYSTEM.now_ms())
    configured = stores.configure(store, service)
    opened = stores.open_existing(configured)
    try:
        question = _question(configured, opened, since=since, limit=limit)
        console = Console(highlight=False)
        if as_json:
            typer.echo(json.dumps(document(question, question.ask()), ensure_ascii=False))
        elif once or not console.is_terminal:
            console.print(picture(question, question.ask(), limit))
        else:
            _stay(console, question, interval)
    finally:
        opened.close()


def document(question: Question, look: Look) -> dict[str, object]:
    """Return what was read as one JSON document; lists are empty and `note` says why when there is nothing."""
    return {
        "service": question.name,
        "store": question.location,
        "since": question.since,
        "at": look.at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "note": question.note(look),
        "overview": json_form.to_json(look.overview),
        "api": json_form.to_json(look.api),
        "database": json_form.to_json(look.database),
    }


def picture(question: Question, look: Look, rows: int) -> RenderableType:
    """Return what was read as one screen with at most `rows` rows per table."""
    title = Text(question.name, style="bold")
    title.append(f"  {question.span}, read at {look.at:%H:%M:%S}", style="not bold dim")
    lines = (
        report.requests_line(look.api),
        report.database_line(look.database),
        report.memory_line(look.overview),
        report.own_cost_line(look.overview),
    )
    head = (title, *(Text(line) for line in lines), Text())
    note = question.note(look)
    if note is not None:
        return Group(*head, Text(note))
    parts_: list[RenderableType] = [*head, report.endpoints_table(look.api, rows)]
    if look.database.slowest:
        parts_ += [Text(), report.statements_table(look.database, rows)]
    return Group(*parts_)


def _question(configured: configuration.Configuration, opened: interface.Store, *, since: str, limit: int) -> Question:
    service = parts.service_of(configured, opened)
    return Question(service, configured.service, opened.status().location, since, limit)


def _stay(console: Console, question: Question, interval_s: float) -> None:
    """Draw until Ctrl-C; a store that is locked for a moment keeps the last picture with a line about it."""
    signal.signal(signal.SIGTERM, _leave)  # so that the screen is put back before the process goes
    pause = threading.Event()
    drawn = picture(question, question.ask(), _rows(console, question.limit))
    with Live(drawn, console=console, screen=True, auto_refresh=False) as live:
        while not pause.wait(interval_s):
            try:
                drawn = picture(question, question.ask(), _rows(console, question.limit))
                live.update(drawn, refresh=True)
            except errors.StoreError as problem:
                live.update(Group(Text(str(problem), style="yellow"), drawn), refresh=True)


def _rows(console: Console, limit: int) -> int:
    """Return how many rows per table fit on the screen."""
    return max(min(limit, (console.height - _LINES_AROUND) // 2), _MIN_ROWS)


def _leave(*_: object) -> NoReturn:
    raise SystemExit(exit_codes.OK)
