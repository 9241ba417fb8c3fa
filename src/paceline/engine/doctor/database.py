"""The database: whether it is known where it is, what it lets us see, and what is missing for more."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterator

from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines
from paceline.postgres import examination


def examine(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Ask the database, if one is named, in a session that reads and is bounded in time."""
    yield _driver()
    if found.configured.postgres.dsn is None:
        said = "no database is named: statements are measured without one"
        yield lines.Line(lines.SKIPPED, said, "set PACELINE_DSN or DATABASE_URL: docs/how-to/connect-the-database.md")
        return
    seen = examination.examine(found.configured.postgres)
    if seen.reachable:
        yield _reached(seen, found.sources.get("dsn", "environment"))
    status = lines.WARNING if seen.reachable else lines.PROBLEM
    for problem in seen.problems:
        yield lines.Line(status, problem.what, problem.fix)


def _driver() -> lines.Line:
    if importlib.util.find_spec("psycopg") is None:
        return lines.Line(lines.SKIPPED, "psycopg is not installed", "pip install 'paceline[postgres]'")
    return lines.Line(lines.OK, f"psycopg {circumstances_.version_of('psycopg')}")


def _reached(seen: examination.Examination, source: str) -> lines.Line:
    grants = ", ".join(seen.grants) or "no grants"
    said = (
        f"PostgreSQL {seen.version} at {seen.where} ({source}), {seen.latency_ms} ms a round trip, "
        f"as {seen.role} with {grants}{', a standby' if seen.in_recovery else ''}"
    )
    extensions = {extension.name: extension.version for extension in seen.extensions}
    facts = {**dataclasses.asdict(seen), "extensions": extensions, "source": source}
    facts.pop("problems")
    return lines.Line(lines.OK, said, None, facts)
