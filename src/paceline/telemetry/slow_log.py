"""The slow log's lines: one WARNING for each slow statement and response on the logger `paceline.slow`, rate-limited.

The events themselves go to the store with the window; this is for whoever reads the application's own log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from paceline.telemetry import units
from paceline.telemetry import window as windows

LINES_PER_FLUSH = 10
"""Lines written per flush (2 s); the rest is one line that counts them."""

MAX_TEXT_CHARS = 500
MAX_TEXTS = 1_000
"""Texts remembered for lines to come, the latest; a slow statement beyond them shows its fingerprint."""

log = logging.getLogger("paceline.slow")


class SlowLog:
    """Writes slow events as log lines; remembers statement texts, which travel only once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def write(self, events: Sequence[windows.Event], texts: Mapping[str, str]) -> None:
        """Write the slow events of one window."""
        for fingerprint, text in texts.items():
            self._texts[fingerprint] = text[:MAX_TEXT_CHARS]
        while len(self._texts) > MAX_TEXTS:
            del self._texts[next(iter(self._texts))]
        slow = [event for event in events if event.kind in (windows.SLOW_STATEMENT, windows.SLOW_RESPONSE)]
        for event in slow[:LINES_PER_FLUSH]:
            log.warning("%s", self._line(event))
        if len(slow) > LINES_PER_FLUSH:
            log.warning("%d more slow statements and responses in the last 2 s", len(slow) - LINES_PER_FLUSH)

    def _line(self, event: windows.Event) -> str:
        body = event.body
        took = units.formatted_ms(_milliseconds(body))
        if event.kind == windows.SLOW_RESPONSE:
            return f"slow response {took} {body['method']} {body['route']} status {body['status']}"
        text = self._texts.get(str(body["fingerprint"]), str(body["fingerprint"]))
        where = f" at {body['call_site']}" if body.get("call_site") else ""
        return f"slow statement {took} in {body['route']}{where}: {text}"


def _milliseconds(body: Mapping[str, object]) -> float:
    duration_ns = body["duration_ns"]
    return duration_ns / 1e6 if isinstance(duration_ns, int) else 0.0
