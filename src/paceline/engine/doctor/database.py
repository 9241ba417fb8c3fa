"""The database: whether it is known where it is, and whether it could be asked.

Asking it is another subject's: `examination.SECTIONS` takes its function here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping

from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines

VARIABLES = ("PACELINE_DSN", "DATABASE_URL", "PGSERVICE", "PGHOST", "PGDATABASE")
"""Where a DSN may stand, first one first; those that begin with PG are libpq's own."""


def examine(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Look for a DSN and for the driver to use it with; nothing is connected to."""
    name = variable(found.environ)
    if name is None:
        said = f"no DSN: none of {', '.join(VARIABLES[:2])} and PG* is set"
        yield lines.Line(lines.SKIPPED, said, "statements are measured without one; set PACELINE_DSN to have more")
    elif not is_postgres(name, found.environ[name]):
        yield lines.Line(lines.SKIPPED, f"{name} is not of PostgreSQL", None, {"variable": name})
    else:
        yield lines.Line(lines.OK, f"a DSN is given by {name}", None, {"variable": name})
    if importlib.util.find_spec("psycopg") is None:
        yield lines.Line(lines.SKIPPED, "psycopg is not installed", "pip install 'paceline[postgres]'")
    else:
        yield lines.Line(lines.OK, f"psycopg {circumstances_.version_of('psycopg')}")


def variable(environ: Mapping[str, str]) -> str | None:
    """Return the variable that says where the database is, None if none does."""
    return next((name for name in VARIABLES if environ.get(name)), None)


def is_postgres(name: str, value: str) -> bool:
    """Return whether a DSN is of PostgreSQL: a URL of its schemes, also with SQLAlchemy's driver, or libpq's words."""
    scheme, separator, _ = value.partition("://")
    return name.startswith("PG") or not separator or scheme.partition("+")[0] in {"postgresql", "postgres"}
