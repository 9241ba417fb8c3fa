"""Fixture plug-in: one real PostgreSQL for the whole test session, an empty database for each test."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from paceline import errors
from paceline.postgres.embedded_postgres import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """A throw-away server with pg_stat_statements loaded (each database still has to create the extension)."""
    try:
        server = EmbeddedPostgres(preload=["pg_stat_statements"]).start()
    except errors.MissingExtra as missing:
        pytest.skip(str(missing))
    with server:
        yield server


@pytest.fixture
def database_dsn(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The dsn of a fresh, empty database, which is dropped afterwards with whoever is still connected."""
    name = f"test_{next(_numbers)}"
    postgres_server.run_sql(f"create database {name}")
    yield postgres_server.dsn(name)
    postgres_server.run_sql(f"drop database {name} with (force)")
