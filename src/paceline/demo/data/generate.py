"""Make the shop's data: tables, rows, indexes, foreign keys, statistics; and tell whether that is needed.

All of it is one transaction, so a start that is interrupted leaves either the old shop or the new one. Two starts
at the same time wait for each other on an advisory lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from paceline.demo import engines, mistakes, schema, switching
from paceline.demo.data import rows, sizes, skew

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

DEFAULT_SEED = 20260101
_LOCK = 7_421_993  # any number; the same for every start of a shop


async def generate(
    dsn_or_engine: str | AsyncEngine,
    *,
    scale: float = 1.0,
    seed: int = DEFAULT_SEED,
    progress: Callable[[str, int, int], None] | None = None,
) -> None:
    """Make the whole shop anew, with all mistakes that live in the database.

    Args:
        dsn_or_engine: the database; its tables of an earlier shop are dropped.
        scale: 1.0 makes more than two million rows.
        seed: the same seed and scale give the same rows on every machine.
        progress: called with what was just done, how many steps are done, and how many there are.

    Raises:
        UsageError: the scale cannot be.
    """
    steps = rows.steps(sizes.ShopSizes.at(scale))
    total = len(steps) + 3
    tell = progress or _silent
    async with engines.engine_of(dsn_or_engine) as engine:
        await _create_extension(engine)
        async with engine.begin() as connection:
            await _start(connection, seed)
            tell("tables", 1, total)
            for done, step in enumerate(steps, 2):
                await connection.execute(text(step.sql), step.parameters)
                tell(step.table, done, total)
            await _finish(connection, scale, seed)
        tell("indexes", total - 1, total)
        await _analyze(engine)
        tell("statistics", total, total)


async def needs_data(dsn_or_engine: str | AsyncEngine, *, scale: float = 1.0, seed: int = DEFAULT_SEED) -> bool:
    """Tell whether the database lacks the shop of this scale, seed and schema version."""
    async with engines.engine_of(dsn_or_engine) as engine, engine.connect() as connection:
        if await connection.scalar(text("SELECT to_regclass('shop_meta') IS NULL")):
            return True
        found = await connection.execute(text("SELECT schema_version, scale, seed FROM shop_meta"))
        return [tuple(row) for row in found] != [(schema.SCHEMA_VERSION, scale, seed)]


def _silent(_what: str, _done: int, _total: int) -> None:
    """Take the place of a progress bar."""


async def _create_extension(engine: AsyncEngine) -> None:
    """Ask for pg_stat_statements; a server that lacks or refuses it still makes a shop."""
    try:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_stat_statements"))
    except DBAPIError:
        return


async def _start(connection: AsyncConnection, seed: int) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    # Rows must come in the order asked for, and what order they are hashed in is not worth a second process.
    for setting in ("max_parallel_workers_per_gather = 0", "work_mem = '64MB'", "maintenance_work_mem = '128MB'"):
        await connection.exec_driver_sql(f"SET LOCAL {setting}")
    await connection.exec_driver_sql("SET LOCAL jit = off")
    await connection.run_sync(schema.create_tables)
    for statement in skew.sql_functions(seed):
        await connection.exec_driver_sql(statement)


async def _finish(connection: AsyncConnection, scale: float, seed: int) -> None:
    """Index and check what was loaded, forget the functions, and sign the data."""
    await connection.run_sync(schema.add_indexes)
    await connection.run_sync(switching.switch_indexes, mistakes.ALL)
    await connection.run_sync(schema.add_foreign_keys)
    await connection.run_sync(schema.continue_ids)
    for name in skew.SQL_FUNCTION_NAMES:
        await connection.exec_driver_sql(f"DROP FUNCTION pg_temp.{name}")
    connection_sql = text("INSERT INTO shop_meta (schema_version, scale, seed) VALUES (:version, :scale, :seed)")
    await connection.execute(connection_sql, {"version": schema.SCHEMA_VERSION, "scale": scale, "seed": seed})


async def _analyze(engine: AsyncEngine) -> None:
    """Vacuum too, so that the first minute of the demo is not an autovacuum's."""
    names = ", ".join(table.name for table in schema.Base.metadata.sorted_tables)
    async with engine.connect() as connection:
        own = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await own.exec_driver_sql(f"VACUUM (ANALYZE) {names}")
