"""Tables and lines, as they look at 80 and 120 columns."""

from __future__ import annotations

import dataclasses

import pytest
from rich.console import Console
from tests import fix_cli

from paceline.cli import report
from paceline.engine import service as services
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry.store import opening


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A service over a store that a recorder filled."""
    store = opening.open_store(fix_cli.fill_store(tmp_path_factory.mktemp("report")), service="shop")
    yield services.Service(store, telemetry_settings.TelemetrySettings(service="shop"))
    store.close()


def _drawn(renderable: object, width: int) -> list[str]:
    console = Console(width=width, no_color=True, highlight=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_tables_fit_and_numbers_stay_whole(service, width):
    """The name gives way; no row wraps, no number is cut."""
    for table in (
        report.endpoints_table(service.api_stats(since="5m"), 10),
        report.statements_table(service.database_stats(since="5m"), 10),
    ):
        lines = _drawn(table, width)

        assert max(map(len, lines)) <= width
        assert len(lines) == 2 + table.row_count
        assert "…" not in "".join(line[-54:] for line in lines)


def test_endpoints_are_in_order_of_waiting(service):
    """With method, route, errors and a bar for the share."""
    stats = service.api_stats(since="5m")
    lines = _drawn(report.endpoints_table(stats, 10), 120)

    titles = "endpoint count rps p50 ms p95 ms p99 ms err % waiting"
    assert " ".join(lines[0].split()) == titles
    assert lines[2].startswith("GET /products/{product_id}/reviews ")
    assert "61 % ████▉" in lines[2]
    assert lines[4].startswith("POST /account/login ")
    assert " 100 " in lines[4]


def test_whose_memory_the_limit_counts_is_named(service):
    """A tenth of the machine is no share of the worker's 100 MB."""
    answer = service.overview()
    for kind, name in (("cgroup", "container"), ("rlimit", "process"), ("physical", "machine")):
        memory = dataclasses.replace(answer.memory, usage_percent=12.5, limit=answer.memory.rss, limit_kind=kind)
        line = report.memory_line(dataclasses.replace(answer, memory=memory))

        assert f"; {name} 12 % of {answer.memory.rss.formatted}" in line


def test_routes_with_brackets_are_no_markup(service):
    """Rich would take [bold] for a style."""
    stats = service.api_stats(since="5m")
    row = dataclasses.replace(stats.slowest_endpoints[0], endpoint="/x/[bold]/[/]")

    lines = _drawn(report.endpoints_table(dataclasses.replace(stats, slowest_endpoints=(row,)), 10), 120)

    assert lines[2].startswith("GET /x/[bold]/[/] ")


def test_statements_hold_no_literal(service):
    """From the totals and from a page alike."""
    for answer in (service.database_stats(since="5m"), service.slow_queries(since="5m", limit=10)):
        text = "\n".join(_drawn(report.statements_table(answer, 10), 120))

        assert "lower(c.email) = ?" in text
        assert fix_cli.LITERAL not in text


def test_the_limit_cuts_rows(service):
    """Also below what was asked of the service."""
    assert report.endpoints_table(service.api_stats(since="5m"), 2).row_count == 2
    assert report.statements_table(service.database_stats(since="5m"), 1).row_count == 1


def test_the_summary_says_four_things(service):
    """Requests, statements, memory and what paceline costs, each within 80 columns."""
    lines = report.summary_lines(service.overview())

    assert [line.split()[0] for line in lines] == ["requests", "statements", "memory", "own"]
    assert max(map(len, lines)) <= 80
    assert "50 % errors" in lines[0]
    assert "212.4 MB in 1 worker" in lines[2]
    assert "µs per request" in lines[3]


def test_the_summary_of_nothing(tmp_path):
    """Says so instead of showing zeros and dashes."""
    store = opening.open_store(f"sqlite:///{tmp_path / 'empty.db'}", service="shop")
    answer = services.Service(store, telemetry_settings.TelemetrySettings(service="shop")).overview()
    store.close()

    assert report.summary_lines(answer) == [
        "requests    none",
        "statements  none",
        "memory      unknown: no worker reported lately",
        "own cost    unknown: no worker reported lately",
    ]


@pytest.mark.parametrize(
    ("percent", "shown"),
    [(0.0, "   0 %         "), (0.01, "<0.1 % ▏       "), (50.0, "  50 % ████    "), (100.0, " 100 % ████████")],
)
def test_bars(percent, shown):
    """Any share above nothing shows; every bar takes the same room."""
    assert report.share(percent).plain == shown
