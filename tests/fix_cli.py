"""A store that a recorder filled, and paceline's command line as a real process with a state folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from paceline.telemetry import recorder, window
from paceline.telemetry import records as r
from paceline.telemetry.store import opening

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LITERAL = "tom@example.org"
"""Stands in a statement as it was sent; nothing that paceline prints may ever hold it."""

_MS = 1_000_000
_STATEMENTS = (
    "SELECT p.id, p.name, p.price, p.stock, p.rating FROM products AS p WHERE p.category_id = 17 ORDER BY p.rating",
    f"SELECT c.id FROM customers AS c WHERE lower(c.email) = '{LITERAL}'",
    "UPDATE carts SET changed_at = now() WHERE id = 5",
)
_ROUTES = (
    ("GET", "/products/{product_id}/reviews", 200, 240, 0),
    ("GET", "/categories/{name}", 200, 60, 0),
    ("POST", "/account/login", 401, 30, 1),
    ("POST", "/cart", 500, 12, 2),
)


def fill_store(folder: Path, *, requests: int = 40) -> str:
    """Write windows of the last minute as a worker does; return the store's URL."""
    url = f"sqlite:///{folder / 'shop.db'}"
    store = opening.open_store(url, service="shop")
    recording = recorder.Recorder()
    recording.on_first_use = None
    now_ms = time.time_ns() // 1_000_000
    for age_ms in (20_000, 10_000, 4_000):
        for number in range(requests):
            recording.finish(_request(*_ROUTES[number % len(_ROUTES)], slower=number))
        rss = {("memory.rss", recording.worker): window.Gauge.of(212.4 * 1024 * 1024)}
        store.write(recording.take(window.grid(now_ms - age_ms), rss))
    store.close()
    return url


def _request(method: str, route: str, status: int, length_ms: int, statement: int, *, slower: int) -> r.Record:
    began = time.perf_counter_ns() - 10**9
    ended = began + (length_ms + slower) * _MS
    record = r.new(began, method)
    record[r.END] = record[r.FIRST_BYTE] = ended
    record[r.STATUS], record[r.ROUTE] = status, route
    record += [_STATEMENTS[statement], began + _MS, began + _MS + (length_ms * _MS) // 2]
    return record


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a command: no settings of this machine's, state in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PACELINE_", "OTEL_"))}
    return {**kept, "XDG_STATE_HOME": str(folder / "state"), "COLUMNS": "80", "NO_COLOR": "1", **more}


def paceline(
    folder: Path, *arguments: str, more: Mapping[str, str] | None = None, timeout: float = 20.0
) -> subprocess.CompletedProcess[str]:
    """Run `python -m paceline` to its end, in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "paceline", *arguments],
        cwd=folder,
        env=environment(folder, **(more or {})),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def start_paceline(folder: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start `python -m paceline`; whoever starts it ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "paceline", *arguments],
        cwd=folder,
        env=environment(folder, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
