"""What several files here use."""

from __future__ import annotations

import asyncio

import pytest


@pytest.fixture(scope="session")
def shop_dsn(postgres_server):
    """One database with a small shop for all; what tests write does not matter to the others."""
    from paceline.demo.data import generate  # here: other tests in this folder run without what the shop needs

    postgres_server.run_sql("create database shop")
    dsn = postgres_server.dsn("shop")
    asyncio.run(generate.generate(dsn, scale=0.02))
    yield dsn
    postgres_server.run_sql("drop database shop with (force)")
