"""A record: one request in flight, with its statements.

The one mutable value of paceline, private to `telemetry` and `observe`. It is a plain list with named positions,
because making a frozen dataclass costs 1.1 us and a list literal 0.05. Statements follow the fixed part as flat triples
(text, start, end), so that a driver's hook is a single `extend`. What is rare (a slow statement's call site, an error)
goes to DETAILS, which is None for nearly every request.

All times are `perf_counter_ns`. A record lives until it is folded into the window; it never keeps the ASGI scope, the
path, a header or a body.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from paceline.telemetry import fingerprint, series

START = 0
END = 1  # last body byte; 0 while it has not been sent
FIRST_BYTE = 2  # response start, or 0; what was sent in one piece has no first byte of its own
STATUS = 3  # 0 before the response starts
BYTES_OUT = 4
BYTES_IN = 5
FLAGS = 6
METHOD = 7
ROUTE = 8  # None until the request is over: what follows runs in the background; then its template
EXCEPTION = 9  # type name of what the application raised, or None
DETAILS = 10  # Details, or None
STATEMENTS = 11  # first of the triples
TRIPLE = 3

ABORTED = 1  # FLAGS: the client went away before the last body byte
LIMITED = 2  # FLAGS: one of our own limiters refused it
INCOMPLETE = 4  # FLAGS: the last body byte was never sent; END is when the application returned
STREAM = 8  # FLAGS: an event stream or a websocket; users wait for its first byte only
PIECES = 16  # FLAGS: the body was sent in several pieces

Record = list[Any]

MAX_TRIPLES = 1_000
"""Statements a record holds one by one; beyond, they are summed by text (see `spill`)."""

MANY = ""
"""Text of the statements beyond MAX_SPILLED, as a comment without a statement has it."""

MAX_SPILLED = 5_000
"""Different texts that a record sums; a request that writes values into its texts may have any number."""

KEPT_TRIPLES = 200
"""Statements that stay one by one after a spill: as many as a trace shows."""


REPEATED = 10
"""Executions of one text in one request that make it a repeated statement."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An example of a statement's parameters. It lives in the memory of this process only; types may go on."""

    types: tuple[str, ...]
    values: tuple[str, ...] | None = field(default=None, repr=False)
    """In short; None unless `statement_samples` is values."""


@dataclass(slots=True)
class Details:
    """What only some requests have; that they have it also sends them to `keeping`. Keys are positions of a triple."""

    call_sites: dict[int, str | None] = field(default_factory=dict[int, str | None])
    rows: dict[int, int] = field(default_factory=dict[int, int])
    samples: dict[int, Sample] = field(default_factory=dict[int, Sample])
    errors: dict[int, str] = field(default_factory=dict[int, str])
    repeated: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """Call site by text, for statements that this request repeats; None where repetition showed only at the end."""
    spilled: dict[str, series.Series] = field(default_factory=dict[str, series.Series])
    spilled_errors: dict[str, int] = field(default_factory=dict[str, int])
    spilled_count: int = 0
    """Statements that were spilled, in all."""


def new(start_ns: int, method: str) -> Record:
    """Return a record; written out again in the hosts' wrappers, where the call would cost."""
    return [start_ns, 0, 0, 0, 0, 0, 0, method, None, None, None]


def details(record: Record) -> Details:
    """Return the record's details, made on first use."""
    found: Details | None = record[DETAILS]
    if found is None:
        found = record[DETAILS] = Details()
    return found


def note_repeated(record: Record) -> None:
    """Note the texts that a finished record with details repeats; those that a look found before keep their place."""
    if len(record) < STATEMENTS + REPEATED * TRIPLE:
        return
    repeated = details(record).repeated
    for text, count in Counter(record[STATEMENTS::TRIPLE]).items():
        if count >= REPEATED:
            repeated.setdefault(text, None)


def shorten(record: Record, latest: int) -> None:
    """Cut the latest texts to what is read of them: a request that writes megabytes of SQL does not need them twice."""
    for position in range(max(STATEMENTS, len(record) - latest), len(record), TRIPLE):
        if len(record[position]) > fingerprint.MAX_CHARS:
            record[position] = record[position][: fingerprint.MAX_CHARS]


def spill(record: Record) -> None:
    """Sum the statements beyond the first KEPT_TRIPLES by text, so that a record's size is bounded."""
    known = details(record)
    spilled = known.spilled
    first = STATEMENTS + KEPT_TRIPLES * TRIPLE
    for position in range(first, len(record), TRIPLE):
        text, start, end = record[position : position + TRIPLE]
        if text not in spilled and len(spilled) >= MAX_SPILLED:
            text = MANY
        kept = spilled.get(text)
        if kept is None:
            kept = spilled[text] = series.Series()
        kept.record(end - start)
        if known.errors.pop(position, None) is not None:
            known.spilled_errors[text] = known.spilled_errors.get(text, 0) + 1
        # The position will be another statement's: what was noted of this one must not become that one's.
        known.call_sites.pop(position, None)
        known.rows.pop(position, None)
        known.samples.pop(position, None)
    known.spilled_count += (len(record) - first) // TRIPLE
    del record[first:]


def ran(record: Record) -> int:
    """Return how many statements the request ran, spilled ones included."""
    known: Details | None = record[DETAILS]
    return (len(record) - STATEMENTS) // TRIPLE + (known.spilled_count if known is not None else 0)
