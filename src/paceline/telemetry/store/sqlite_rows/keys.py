"""Keys as small numbers: every key and worker stands in the file once, and a link remembers the numbers it has met."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from paceline.telemetry import window
from paceline.telemetry.store.sqlite_file import connections

TALLY, COUNTER, GAUGE = 0, 1, 2
"""Natures of a key: the same labels may be a distribution and a counter."""


def ids(link: connections.Link, nature: int, keys: Collection[window.Key], at_ms: int) -> list[int]:
    """Return the numbers of keys, giving numbers to new ones (inside a writing transaction)."""
    known = link.ids.setdefault(nature, {})
    if len(known) + len(keys) > connections.MAX_REMEMBERED:
        known.clear()
    for key in keys:
        if key not in known:
            known[key] = _intern(link, nature, key, at_ms)
    return [known[key] for key in keys]


def _intern(link: connections.Link, nature: int, key: window.Key, at_ms: int) -> int:
    row = (nature, text(key[0]), json.dumps(key[1:]), at_ms)
    link.connection.execute("INSERT OR IGNORE INTO key (nature, kind, labels, last_ms) VALUES (?, ?, ?, ?)", row)
    found = link.connection.execute("SELECT id FROM key WHERE nature = ? AND kind = ? AND labels = ?", row[:3])
    return found.fetchone()[0]


def named(link: connections.Link, numbers: Iterable[int]) -> Mapping[int, tuple[int, window.Key]]:
    """Return (nature, key) by number; numbers whose key was cleared are missing."""
    wanted = set(numbers)
    if len(link.keys) > connections.MAX_REMEMBERED:
        link.keys.clear()
    unknown = [number for number in wanted if number not in link.keys]
    if unknown:
        rows = link.connection.execute(
            "SELECT id, nature, kind, labels FROM key WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(unknown),),
        )
        link.keys.update((number, (nature, (kind, *json.loads(labels)))) for number, nature, kind, labels in rows)
    return {number: link.keys[number] for number in wanted if number in link.keys}


def of_kinds(link: connections.Link, kinds: Iterable[str]) -> list[int]:
    """Return the numbers of all keys of some kinds."""
    rows = link.connection.execute(
        "SELECT id FROM key WHERE kind IN (SELECT value FROM json_each(?))", (json.dumps(list(kinds)),)
    )
    return [number for (number,) in rows]


def worker(link: connections.Link, name: str, at_ms: int) -> int:
    """Return the number of a worker, and note that it reported at this time."""
    connection = link.connection
    number = link.workers.get(name)
    if number is None:
        row = (text(name), at_ms, at_ms)
        connection.execute("INSERT OR IGNORE INTO worker (name, first_ms, last_ms) VALUES (?, ?, ?)", row)
        number = connection.execute("SELECT id FROM worker WHERE name = ?", row[:1]).fetchone()[0]
        link.workers[name] = number
    connection.execute(
        "UPDATE worker SET first_ms = min(first_ms, ?), last_ms = max(last_ms, ?) WHERE id = ?", (at_ms, at_ms, number)
    )
    return number


def text(value: str) -> str:
    """Return the text as SQLite can keep it: half surrogate pairs, as broken paths have them, become `?`."""
    return value.encode("utf-8", "replace").decode("utf-8")
