"""Reading a range: one pass over the rows of each segment, into one snapshot or into one per step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from paceline import errors
from paceline.telemetry import snapshot, window
from paceline.telemetry.store import interface, retention
from paceline.telemetry.store.sqlite_file import connections
from paceline.telemetry.store.sqlite_rows import keys, marks

MAX_STEPS = 5_000

_SliceRow = tuple[int, int, int, int, int, bytes | None]
_GaugeRow = tuple[int, int, float, float, float, float, int]

GAUGES = """
WITH part AS (SELECT (ts - ?1) / ?2 AS step, * FROM gauge WHERE res = ?3 AND ts >= ?4 AND ts < ?5),
newest AS (SELECT step, key, last, max(ts) FROM part GROUP BY step, key)
SELECT part.step, part.key, newest.last, min(part.min) AS low, max(part.max) AS high, sum(part.sum) AS total,
    sum(part.count) AS n
FROM part JOIN newest USING (step, key) GROUP BY part.step, part.key ORDER BY part.step
"""
"""Gauges of a segment by step; SQLite takes `last` from the row that has the largest ts (bare columns of max())."""

TRACES: Mapping[str, str] = {
    "time": """
SELECT body FROM trace WHERE at_ms >= :since AND (:route IS NULL OR route = :route)
AND (:worker IS NULL OR json_extract(body, '$.worker') = :worker)
AND (:before IS NULL OR (at_ms, id) < (SELECT at_ms, id FROM trace WHERE trace_id = :before))
ORDER BY at_ms DESC, id DESC LIMIT :limit
""",
    "duration": """
SELECT body FROM trace WHERE at_ms >= :since AND (:route IS NULL OR route = :route)
AND (:worker IS NULL OR json_extract(body, '$.worker') = :worker)
AND (:before IS NULL OR (json_extract(body, '$.duration_ns'), id)
    < (SELECT json_extract(body, '$.duration_ns'), id FROM trace WHERE trace_id = :before))
ORDER BY json_extract(body, '$.duration_ns') DESC, id DESC LIMIT :limit
""",
}
"""Kept traces by order; the second reads all bodies of the range, of which the store keeps 2 000."""


@dataclass(slots=True)
class _Step:
    """What was found for one step, by number of key."""

    distributions: dict[int, snapshot.Distribution] = field(default_factory=dict[int, snapshot.Distribution])
    counters: dict[int, int] = field(default_factory=dict[int, int])
    gauges: dict[int, window.Gauge] = field(default_factory=dict[int, window.Gauge])


@dataclass(frozen=True, slots=True)
class _Scan:
    """What to read, and how it is cut."""

    segments: Sequence[marks.Segment]
    origin_ms: int
    step_ms: int
    worker: str | None
    kinds: Sequence[str] | None


def read(link: connections.Link, wanted: interface.Range) -> snapshot.Snapshot:
    """Return the range as one snapshot (inside a transaction)."""
    state = marks.load(link.connection)
    link.enter(state.generation)
    since, until = _within_fine(state, wanted, wanted.since_ms, wanted.until_ms)
    segments = marks.plan(state, since, until)
    if not segments:
        return snapshot.Snapshot(wanted.since_ms, max(wanted.since_ms, wanted.until_ms))
    if wanted.worker is not None:
        segments = [marks.Segment(retention.FINE_MS, segments[0].since_ms, segments[-1].until_ms)]
    origin, end = segments[0].since_ms, segments[-1].until_ms
    return _snapshots(link, _Scan(segments, origin, end - origin, wanted.worker, wanted.kinds), 1)[0]


def steps(link: connections.Link, wanted: interface.Range, step_ms: int) -> list[snapshot.Snapshot]:
    """Return the range in equal steps (inside a transaction); steps of whole minutes or hours begin on their grid."""
    state = marks.load(link.connection)
    link.enter(state.generation)
    step = max(window.INTERVAL_MS, -window.grid(-step_ms))
    unit = next(res for res in (retention.HOUR_MS, retention.MINUTE_MS, retention.FINE_MS) if step % res == 0)
    origin = window.grid(wanted.since_ms, unit)
    count = max(0, -(-(wanted.until_ms - origin) // step))
    if count > MAX_STEPS:
        raise errors.UsageError(f"{count} steps are more than {MAX_STEPS}: ask for longer steps or a shorter range")
    since, until = _within_fine(state, wanted, origin, origin + count * step)
    coarsest = retention.FINE_MS if wanted.worker is not None else unit
    segments = marks.plan(state, since, until, coarsest)
    return _snapshots(link, _Scan(segments, origin, step, wanted.worker, wanted.kinds), count)


def _within_fine(state: marks.Marks, wanted: interface.Range, since: int, until: int) -> tuple[int, int]:
    """Return the part of the range that can be read: of one worker only what 2 s rows still say."""
    if wanted.worker is None:
        return since, until
    return max(since, state.fine_floor_ms), max(until, state.fine_floor_ms)


def _snapshots(link: connections.Link, scan: _Scan, count: int) -> list[snapshot.Snapshot]:
    found = [_Step() for _ in range(count)]
    only = None if scan.kinds is None else keys.of_kinds(link, scan.kinds)
    for segment in scan.segments:
        _add_slices(link, scan, segment, only, found)
        _add_gauges(link, scan, segment, only, found)
    numbers = {number for step in found for part in (step.distributions, step.counters, step.gauges) for number in part}
    names = keys.named(link, numbers)
    known = texts(link, {key[1] for _, key in names.values() if key[0].startswith(window.STATEMENT) and len(key) > 1})
    seen = link.connection.execute("SELECT name, first_ms, last_ms FROM worker ORDER BY name").fetchall()
    return [
        _snapshot(scan, scan.origin_ms + number * scan.step_ms, (names, known, seen), step)
        for number, step in enumerate(found)
    ]


def _add_slices(
    link: connections.Link, scan: _Scan, segment: marks.Segment, only: list[int] | None, found: Sequence[_Step]
) -> None:
    query = "SELECT (ts - ?) / ?, key, count, sum, max, buckets FROM slice WHERE res = ? AND ts >= ? AND ts < ?"
    values: list[object] = [scan.origin_ms, scan.step_ms, segment.res, segment.since_ms, segment.until_ms]
    if scan.worker is not None:
        query += " AND worker = (SELECT id FROM worker WHERE name = ?)"
        values.append(scan.worker)
    if only is not None:
        query += " AND key IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(only))
    last = len(found) - 1
    # The hot loop of every page: some 10 000 rows for an hour of a busy service.
    rows = cast("Iterable[_SliceRow]", link.connection.execute(query, values))
    for step, key, count, total, most, buckets in rows:
        place = found[min(max(step, 0), last)]  # rows of a coarse grid may begin before the first step
        if buckets is None:
            place.counters[key] = place.counters.get(key, 0) + count
            continue
        known = place.distributions.get(key)
        if known is None:
            known = place.distributions[key] = snapshot.Distribution()
        known.count += count
        known.sum += total
        known.max = max(known.max, most)
        known.parts.append(buckets)


def _add_gauges(
    link: connections.Link, scan: _Scan, segment: marks.Segment, only: list[int] | None, found: Sequence[_Step]
) -> None:
    wanted = None if only is None else set(only)
    values = (scan.origin_ms, scan.step_ms, segment.res, segment.since_ms, segment.until_ms)
    last = len(found) - 1
    rows = cast("Iterable[_GaugeRow]", link.connection.execute(GAUGES, values))
    for step, key, last_value, low, high, total, readings in rows:
        if wanted is None or key in wanted:
            place = found[min(max(step, 0), last)].gauges
            known, gauge = place.get(key), window.Gauge(last_value, low, high, total, readings)
            place[key] = gauge if known is None else known.then(gauge)


_Names = Mapping[int, tuple[int, window.Key]]
_Seen = list[tuple[str, int, int]]


def _snapshot(scan: _Scan, since: int, context: tuple[_Names, dict[str, str], _Seen], step: _Step) -> snapshot.Snapshot:
    names, known, seen = context
    until = since + scan.step_ms
    workers = tuple(name for name, first, last in seen if first < until and last >= since)
    touched = [part.res for part in scan.segments if part.since_ms < until and part.until_ms > since]
    return snapshot.Snapshot(
        since,
        until,
        workers if scan.worker is None else tuple(name for name in workers if name == scan.worker),
        {names[number][1]: value for number, value in step.distributions.items() if number in names},
        {names[number][1]: value for number, value in step.counters.items() if number in names},
        {
            names[number][1]: value
            for number, value in step.gauges.items()
            if number in names and scan.worker in {None, names[number][1][-1]}
        },
        known,
        max(touched, default=window.INTERVAL_MS),
    )


def texts(link: connections.Link, fingerprints: Iterable[str] | None) -> dict[str, str]:
    """Return statement texts by fingerprint (None: all)."""
    if fingerprints is None:
        return dict(link.connection.execute("SELECT fingerprint, body FROM text").fetchall())
    return dict(
        link.connection.execute(
            "SELECT fingerprint, body FROM text WHERE fingerprint IN (SELECT value FROM json_each(?))",
            (json.dumps(list(fingerprints)),),
        ).fetchall()
    )
