"""Tables and lines for people, made from the answers of the service: what `top` shows and other commands report.

Made for 80 columns and better at 120: the name gives way, numbers never do. Colour is never the only bearer of a
meaning, so that NO_COLOR loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from paceline.cli import cells
from paceline.engine.answers import overview, ranges
from paceline.engine.answers.requests import endpoints, statements
from paceline.telemetry import units

BAR_CELLS = 8
"""Width of a share's bar at 100 %."""

_LIMITED = {"cgroup": "container", "rlimit": "process", "physical": "machine"}
"""Whose memory a limit counts: not of the process alone, so it is no share of the number before it."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_Spread = endpoints.EndpointRow | statements.StatementRow


def endpoints_table(stats: endpoints.ApiStats, limit: int) -> Table:
    """Return the endpoints users wait for most, at most `limit`; times are milliseconds."""
    table = _table("endpoint", "rps", "err %")
    for row in stats.slowest_endpoints[:limit]:
        name = Text(cells.line(row.method), style="dim")
        name.append(f" {cells.line(row.endpoint)}", style="not dim")
        table.add_row(
            _named(name),
            cells.count(row.count),
            cells.rate(row.count / stats.range.seconds if stats.range.seconds else 0.0),
            *_spread(row, row.objective_p95_ms),
            Text(cells.percent(row.error_rate_percent), style="red" if row.error_rate_percent else "dim"),
            share(row.share_percent),
        )
    return table


def statements_table(answer: ranges.Page[statements.StatementRow] | statements.DatabaseStats, limit: int) -> Table:
    """Return the statements users wait for most, at most `limit`; times are milliseconds."""
    rows: Sequence[statements.StatementRow] = (
        answer.slowest if isinstance(answer, statements.DatabaseStats) else answer.rows
    )
    table = _table("statement", "per s", "errors")
    for row in rows[:limit]:
        table.add_row(
            _named(Text(cells.statement(row.statement, row.fingerprint))),
            cells.count(row.count),
            cells.rate(row.count / answer.range.seconds if answer.range.seconds else 0.0),
            *_spread(row, None),
            Text(cells.count(row.errors), style="red" if row.errors else "dim"),
            share(row.share_percent),
        )
    return table


def summary_lines(answer: overview.Overview) -> list[str]:
    """Return the service in four lines of about 80 columns: requests, statements, memory, own cost."""
    return [
        requests_line(answer.api),
        database_line(answer.database),
        memory_line(answer),
        own_cost_line(answer),
    ]


def requests_line(api: endpoints.ApiStats | overview.ApiSummary) -> str:
    """Return the requests in one line."""
    if not api.total_requests:
        return "requests    none"
    waiting = units.formatted_ms(api.waiting_seconds_per_hour * 1_000)
    return (
        f"requests    {cells.rate(api.requests_per_second)}/s, {cells.percent(api.error_rate_percent)} % errors, "
        f"p50 {_ms(api.p50_ms)}, p95 {_ms(api.p95_ms)}, waiting {waiting}/h"
    )


def database_line(database: statements.DatabaseStats | overview.DatabaseSummary) -> str:
    """Return the statements in one line."""
    if not database.total_statements:
        return "statements  none"
    return (
        f"statements  {cells.rate(database.statements_per_second)}/s, "
        f"{cells.percent(database.error_rate_percent)} % errors, p95 {_ms(database.p95_ms)}, "
        f"{cells.percent(database.share_percent)} % of the waiting"
    )


def memory_line(answer: overview.Overview) -> str:
    """Return the memory of the live workers in one line."""
    memory = answer.memory
    workers = sum(worker.live for worker in answer.system.workers)
    if memory.rss is None:
        return "memory      unknown: no worker reported lately"
    line = f"memory      {memory.rss.formatted} in {_counted(workers, 'worker')}"
    if memory.usage_percent is not None and memory.limit is not None:
        limited = _LIMITED.get(memory.limit_kind or "", "limit")
        line += f"; {limited} {cells.percent(memory.usage_percent)} % of {memory.limit.formatted}"
    if memory.over_threshold:
        line += ", over the threshold"
    return line if memory.classification == "unknown" else f"{line}, {memory.classification.replace('_', ' ')}"


def own_cost_line(answer: overview.Overview) -> str:
    """Return what paceline itself costs the service in one line."""
    cost = answer.own_cost
    if cost.cpu_percent is None and cost.ns_per_request is None:
        return "own cost    unknown: no worker reported lately"
    parts: list[str] = []
    if cost.ns_per_request is not None:
        parts.append(f"{cost.ns_per_request / 1_000:.1f} µs per request")
    if cost.cpu_percent is not None:
        parts.append(f"{cost.cpu_percent:.2f} % of one core" if cost.cpu_percent >= 0.005 else "<0.01 % of one core")
    return f"own cost    {', '.join(parts)}"


def share(percent: float) -> Text:
    """Return a share of the waiting as a number and a bar; any share above nothing shows."""
    eighths = max(round(min(percent, 100.0) * BAR_CELLS * 8 / 100), 1 if percent > 0 else 0)
    bar = _EIGHTHS[8] * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    text = Text(f"{cells.percent(percent):>4} % ", no_wrap=True)
    text.append(f"{bar:<{BAR_CELLS}}", style="cyan")
    return text


def _table(name: str, per_second: str, failed: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False, header_style="bold")
    # Only this column may shrink: its cells are cut with an ellipsis, the numbers stay whole.
    table.add_column(name, overflow="ellipsis", min_width=12)
    for title, width in (("count", 5), (per_second, 5), ("p50 ms", 6), ("p95 ms", 6), ("p99 ms", 6), (failed, 5)):
        table.add_column(title, justify="right", no_wrap=True, min_width=width)
    table.add_column("  waiting", no_wrap=True)
    return table


def _named(text: Text) -> Text:
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text


def _spread(row: _Spread, objective_ms: float | None) -> tuple[Text, Text, Text]:
    over = objective_ms is not None and row.p95_ms is not None and row.p95_ms > objective_ms
    return (
        Text(cells.milliseconds(row.p50_ms)),
        Text(cells.milliseconds(row.p95_ms), style="yellow" if over else ""),
        Text(cells.milliseconds(row.p99_ms)),
    )


def _ms(value: float | None) -> str:
    return cells.NOTHING if value is None else units.formatted_ms(value)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
