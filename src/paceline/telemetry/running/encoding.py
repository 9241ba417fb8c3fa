"""From the raw content of a running window to the `Window` that travels.

Runs in the flush thread. Now and then it gives the interpreter lock away, so that a request never waits behind the
encoding of thousands of series.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from paceline.telemetry import histogram, series
from paceline.telemetry import window as windows
from paceline.telemetry.running import folding, slots

YIELD_EVERY = 32
"""Series encoded between two offers of the interpreter lock: about 1 ms."""


def encode(
    taken: folding.Taken,
    *,
    worker: str,
    start_ms: int,
    gauges: Mapping[windows.Key, windows.Gauge],
    own_cost_ns: int = 0,
) -> windows.Window:
    """Return the window, and let each route's p99 estimate learn from it.

    Empties `taken` on the way, so that a series and its encoded form are never all there at once.
    """
    tallies: dict[windows.Key, windows.Tally] = {}
    counters: dict[windows.Key, int] = {}
    while taken.requests:
        if len(taken.requests) % YIELD_EVERY == 0:
            time.sleep(0)
        _request(taken.requests.pop(), tallies, counters)
    while taken.statements.parts:
        if len(taken.statements.parts) % YIELD_EVERY == 0:
            time.sleep(0)
        statement = taken.statements.parts.pop()
        tallies[windows.STATEMENT, *statement.key] = tally(statement.values)
        if statement.errors:
            counters[windows.STATEMENT_ERRORS, *statement.key] = statement.errors
    _add(counters, (windows.OWN_COST, "cpu"), own_cost_ns)
    _add(counters, (windows.FOLDED, "requests"), taken.folded_requests)
    _add(counters, (windows.FOLDED, "statements"), taken.statements.folded)
    for what, count in taken.kept.dropped.items():
        _add(counters, (windows.DROPPED, what), count)
    return windows.Window(
        worker=worker,
        start_ms=start_ms,
        tallies=tallies,
        counters=counters,
        gauges=dict(gauges),
        events=taken.kept.events,
        traces=taken.kept.traces,
        texts=taken.statements.texts,
    )


def _request(
    part: slots.RequestPart, tallies: dict[windows.Key, windows.Tally], counters: dict[windows.Key, int]
) -> None:
    key, states = part.slot.key, part.states
    total = series.merged([state.total for state in states])
    part.slot.learn(total)
    tallies[windows.REQUEST, *key] = tallies[windows.FIRST_BYTE, *key] = tally(total)
    if any(state.first_byte is not None for state in states):
        tallies[windows.FIRST_BYTE, *key] = tally(series.merged([state.first_byte or state.total for state in states]))
    different = len({state.status for state in states})
    for state in states:
        _add(counters, (windows.STATUS, *key, status_label(state.status, different)), state.total.count)
        _add(counters, (windows.BYTES_IN, *key), state.bytes_in)
        if key[0] != "HEAD":  # the server leaves out what the application answers to it
            _add(counters, (windows.BYTES_OUT, *key), state.bytes_out)


def status_label(status: int, different: int) -> str:
    """Return the label a status counts under: exact, its class when a key shows too many, "none" for none."""
    if not status:
        return "none"
    return str(status) if different <= slots.MAX_STATUS_CODES else f"{status // 100}xx"


def tally(values: series.Series) -> windows.Tally:
    """Return a series as it travels; a short one does not become a histogram first."""
    raw = values.values
    if values.expanded is not None:
        return windows.Tally.of(values.expand())
    total = sum(raw)
    largest = max(raw, default=0)
    numbers = [total, largest]
    previous = -1
    indices = sorted(map(histogram.index_of, raw))
    while indices:
        index = indices[0]
        count = indices.count(index)
        numbers += (index - previous, count)
        previous = index
        del indices[:count]
    return windows.Tally(len(raw), total, largest, histogram.encode_varints(numbers))


def _add(counters: dict[windows.Key, int], key: windows.Key, count: int) -> None:
    if count:
        counters[key] = counters.get(key, 0) + count
