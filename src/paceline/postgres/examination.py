"""Examining a connection: can it be used, what may it see, and what is to be done about the rest. For `doctor`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from paceline import errors
from paceline.postgres import capabilities as capabilities_
from paceline.postgres import session, settings

_TRIPS = 3
_FAR_MS = 20.0
"""Two machines of one data centre are well under a millisecond apart, two zones of one region about one; at 20 ms a
request with ten statements waits 0.2 s for the wire alone."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps questions from being answered, and the statement or step that mends it."""

    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found; with `reachable` False everything else is empty but the problem."""

    reachable: bool
    where: str | None
    """Server and database by name, without user and password; None when dsn names none or cannot be read."""
    version: str | None = None
    latency_ms: float | None = None
    """Best of three round trips on an open connection."""
    role: str | None = None
    grants: tuple[str, ...] = ()
    """Of superuser, pg_monitor, pg_read_all_stats, pg_read_all_settings and pg_stat_scan_tables, what the role has."""
    owned_tables: int = 0
    """Tables that the role may maintain as their owner."""
    in_recovery: bool = False
    extensions: tuple[capabilities_.Extension, ...] = ()
    problems: tuple[Problem, ...] = ()


def examine(wanted: settings.PostgresSettings) -> Examination:
    """Return what a connection can do; never raises, and takes no longer than `database_timeout_seconds`."""
    try:
        target = session.target_of(wanted)
        return session.ask(target, lambda asked: _examined(asked, session.where(target.dsn)))
    except errors.MissingExtra as error:
        return Examination(False, None, problems=(Problem(str(error), "pip install 'paceline[postgres]'"),))
    except errors.DatabaseError as error:
        what, _, fix = str(error).partition(": ")
        return Examination(False, _where(wanted), problems=(Problem(what, fix),))


def _examined(asked: session.Session, where: str) -> Examination:
    able = capabilities_.read(asked)
    latency_ms = min(_trip_ms(asked) for _ in range(_TRIPS))
    return Examination(
        reachable=True,
        where=where,
        version=able.version,
        latency_ms=round(latency_ms, 3),
        role=able.role,
        grants=tuple(_grants(able)),
        owned_tables=able.owned_tables,
        in_recovery=able.in_recovery,
        extensions=tuple(able.extensions.values()),
        problems=tuple(_problems(able, latency_ms)),
    )


def _where(wanted: settings.PostgresSettings) -> str | None:
    if wanted.dsn is None:
        return None
    try:
        return session.where(wanted.dsn)
    except errors.PacelineError:
        return None


def _trip_ms(asked: session.Session) -> float:
    begun_ns = time.perf_counter_ns()
    asked.rows("round_trip")
    return (time.perf_counter_ns() - begun_ns) / 1e6


def _grants(able: capabilities_.Capabilities) -> Iterator[str]:
    has = {
        "superuser": able.superuser,
        "pg_monitor": able.monitor,
        "pg_read_all_stats": able.reads_all_stats,
        "pg_read_all_settings": able.reads_all_settings,
        "pg_stat_scan_tables": able.scans_tables,
    }
    yield from (name for name, granted in has.items() if granted)


def _problems(able: capabilities_.Capabilities, latency_ms: float) -> Iterator[Problem]:
    who = capabilities_.quoted(able.role)
    if able.superuser:
        yield Problem(
            f"role {able.role} is a superuser, which is more than reading takes",
            "make a role of its own: docs/how-to/connect-the-database.md",
        )
    if not able.monitor:
        yield Problem(
            f"role {able.role} does not see the sessions, statements and settings of others",
            f"GRANT pg_monitor TO {who}",
        )
    if "pg_stat_statements" not in able.extensions:
        yield Problem(
            "the server's own count of statements is not there",
            "add pg_stat_statements to shared_preload_libraries, restart, CREATE EXTENSION pg_stat_statements",
        )
    if latency_ms >= _FAR_MS:
        yield Problem(
            f"a round trip takes {latency_ms:.0f} ms: every statement of a request waits that long",
            "run service and database in one region",
        )
