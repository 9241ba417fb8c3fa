"""Writing one window, and clearing kinds: what adds to and takes from the rows a reader sees at once."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence

from paceline.telemetry import window
from paceline.telemetry.store import retention
from paceline.telemetry.store.sqlite_file import access, connections
from paceline.telemetry.store.sqlite_rows import keys, marks, merging

_CLEAR_STEPS = {retention.FINE_MS: 5 * 60_000, retention.MINUTE_MS: 2 * 3_600_000, retention.HOUR_MS: 30 * 86_400_000}
"""How much time one transaction of `clear` covers, by grid: each is short, so that flushes come in between."""


OTHER_EVENTS = 200
"""Events kept of each kind that is not of the slow log, however short that is: what workers said of themselves."""
_SLOW = (window.SLOW_STATEMENT, window.SLOW_RESPONSE)


def write(link: connections.Link, part: window.Window, *, events: int) -> None:
    """Add a window (inside a writing transaction), keeping at most `events` events of each kind.

    A window older than what is sealed for roll-up counts in the first slot that is still open: late, but not lost.
    """
    state = marks.load(link.connection)
    link.enter(state.generation)
    at_ms = max(window.grid(part.start_ms), state.sealed_ms)
    worker = keys.worker(link, part.worker, at_ms)
    forgotten = {kind for kind, ms in link.cleared.items() if part.start_ms + window.INTERVAL_MS <= ms}
    _slices(link, part, (at_ms, worker), forgotten)
    _gauges(link, {key: value for key, value in part.gauges.items() if key[0] not in forgotten}, at_ms)
    _events(link, [event for event in part.events if event.kind not in forgotten], part.worker, events)
    if "trace" not in forgotten:
        _traces(link, part)
    link.connection.executemany(
        "INSERT INTO text VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
        [(keys.text(name), keys.text(body), at_ms) for name, body in part.texts.items()],
    )


def _slices(link: connections.Link, part: window.Window, slot: tuple[int, int], forgotten: set[str]) -> None:
    """Add distributions and counters, some hundred keys at a time: a window of thousands would double the probe."""
    tallies = [key for key in part.tallies if key[0] not in forgotten]
    for start in range(0, len(tallies), _KEYS_AT_ONCE):
        chosen = tallies[start : start + _KEYS_AT_ONCE]
        numbers = keys.ids(link, keys.TALLY, chosen, slot[0])
        _merge(link, slot, {n: _tally(part.tallies[key]) for n, key in zip(numbers, chosen, strict=True)})
    counters = [key for key in part.counters if key[0] not in forgotten]
    for start in range(0, len(counters), _KEYS_AT_ONCE):
        chosen = counters[start : start + _KEYS_AT_ONCE]
        numbers = keys.ids(link, keys.COUNTER, chosen, slot[0])
        values = (merging.capped(part.counters[key]) for key in chosen)
        _merge(link, slot, {n: (value, 0, 0, None) for n, value in zip(numbers, values, strict=True)})


_KEYS_AT_ONCE = 400


def _tally(tally: window.Tally) -> merging.Slice:
    return merging.capped(tally.count), merging.capped(tally.sum), merging.capped(tally.max), tally.encoded


def _merge(link: connections.Link, slot: tuple[int, int], new: dict[int, merging.Slice]) -> None:
    """Add slices to what the slot already has of them."""
    there = link.connection.execute(
        """SELECT key, count, sum, max, buckets FROM slice
        WHERE res = ? AND ts = ? AND key IN (SELECT value FROM json_each(?)) AND worker = ?""",
        (retention.FINE_MS, slot[0], json.dumps(list(new)), slot[1]),
    )
    for number, *old in there.fetchall():
        new[number] = merging.merged([(old[0], old[1], old[2], old[3]), new[number]])
    rows = [(retention.FINE_MS, *slot, number, *value) for number, value in new.items()]
    connections.insert(link, "INSERT OR REPLACE INTO slice", rows)


def _gauges(link: connections.Link, gauges: Mapping[window.Key, window.Gauge], at_ms: int) -> None:
    """Add levels; one that is no number is left out."""
    rows = [
        (retention.FINE_MS, at_ms, number, value.last, value.min, value.max, value.sum, value.count)
        for number, value in zip(keys.ids(link, keys.GAUGE, gauges, at_ms), gauges.values(), strict=True)
        if not (math.isnan(value.last) or math.isnan(value.sum))
    ]
    connections.insert(
        link,
        "INSERT INTO gauge",
        [(*row[:3], *map(float, row[3:7]), row[7]) for row in rows],
        """ON CONFLICT DO UPDATE SET
        last = excluded.last, min = min(min, excluded.min), max = max(max, excluded.max),
        sum = sum + excluded.sum, count = count + excluded.count""",
    )


def _events(link: connections.Link, events: Sequence[window.Event], worker: str, keep: int) -> None:
    link.connection.executemany(
        "INSERT INTO event (kind, at_ms, worker, body) VALUES (?, ?, ?, ?)",
        [(keys.text(event.kind), event.at_ms, keys.text(worker), access.to_json(event.body)) for event in events],
    )
    for kind in {keys.text(event.kind) for event in events}:
        link.connection.execute(
            """DELETE FROM event WHERE kind = ?1 AND id <=
            (SELECT id FROM event WHERE kind = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)""",
            (kind, keep if kind in _SLOW else max(keep, OTHER_EVENTS)),
        )


def _traces(link: connections.Link, part: window.Window) -> None:
    bodies = [(trace, access.to_json(trace.to_json())) for trace in part.traces]
    link.connection.executemany(
        "INSERT OR IGNORE INTO trace (trace_id, at_ms, route, size, body) VALUES (?, ?, ?, ?, ?)",
        [(keys.text(t.trace_id), t.at_ms, keys.text(t.route), len(body), body) for t, body in bodies],
    )


def forget(link: connections.Link, kinds: Sequence[str], at_ms: int) -> tuple[list[int], int]:
    """Make kinds invisible (inside a writing transaction): return the numbers of their keys, and the rows that went.

    Slices stay as orphans, which no reader sees, until `erasures` or retention take them.
    """
    connection, wanted = link.connection, json.dumps(list(kinds))
    numbers = keys.of_kinds(link, kinds)
    connection.execute("DELETE FROM key WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(numbers),))
    gone = connection.execute("DELETE FROM event WHERE kind IN (SELECT value FROM json_each(?))", (wanted,)).rowcount
    if "trace" in kinds:
        gone += connection.execute("DELETE FROM trace").rowcount
    connection.executemany("INSERT OR REPLACE INTO cleared VALUES (?, ?)", [(kind, at_ms) for kind in kinds])
    marks.store(connection, generation=marks.load(connection).generation + 1)
    link.forget()
    return numbers, gone


def erasures(link: connections.Link) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Yield the (table, (grid, start, end)) that together cover every row, each small enough for one transaction."""
    for table in ("slice", "gauge"):
        for res, step_ms in _CLEAR_STEPS.items():
            first, last = link.connection.execute(
                f"SELECT min(ts), max(ts) FROM {table} WHERE res = ?",  # noqa: S608  # one of two names
                (res,),
            ).fetchone()
            for start in range(first or 0, (last or 0) + 1, step_ms):
                yield table, (res, start, start + step_ms)


def erase(link: connections.Link, table: str, part: tuple[int, int, int], numbers: Sequence[int]) -> int:
    """Delete the rows of keys in one part (inside a writing transaction); return how many."""
    return link.connection.execute(
        f"DELETE FROM {table} WHERE res = ? AND ts >= ? AND ts < ?"  # noqa: S608  # one of two names
        " AND key IN (SELECT value FROM json_each(?))",
        (*part, json.dumps(numbers)),
    ).rowcount
