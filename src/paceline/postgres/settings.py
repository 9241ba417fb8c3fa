"""Settings of the database's room; defaults are pinned by a test and explained in docs/reference/settings.md."""

from __future__ import annotations

from dataclasses import dataclass, field

from paceline.postgres import dsn as connection_strings


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """Which database is asked, and how long an answer may take."""

    dsn: str | None = field(
        default=None,
        repr=False,
        metadata={"parse": connection_strings.normalised, "elsewhere": connection_strings.usual_places},
    )
    """Connection string, a URL or `key=value` words; None: DATABASE_URL, libpq's PG* variables, else no database."""
    database_timeout_seconds: float = field(default=5.0, metadata={"at_least": 1, "at_most": 60})
    """How long one question to the database may take as a whole, from connecting to its last answer (seconds)."""
