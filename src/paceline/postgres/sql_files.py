"""The statements of `queries/`, one a file, read once. Their headers say purpose, grants needed and versions."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def statement(name: str) -> str:
    """Return the statement of `queries/<name>.sql` with its header."""
    return resources.files("paceline.postgres.queries").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def names() -> tuple[str, ...]:
    """Return the names of all statements."""
    folder = resources.files("paceline.postgres.queries")
    return tuple(sorted(file.name.removesuffix(".sql") for file in folder.iterdir() if file.name.endswith(".sql")))
