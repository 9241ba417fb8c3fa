"""The shops that several files here ask."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="package")
def contract_shops(postgres_server, tmp_path_factory):
    """The watched shop behind one worker and behind four, over one database, after visitors came."""
    from tests.end_to_end import fix_contract  # here: other tests in this folder run without what the shop needs

    postgres_server.run_sql("create database contract")
    dsn = postgres_server.dsn("contract")
    yield from fix_contract.two_shops(dsn, tmp_path_factory.mktemp("contract"))
    postgres_server.run_sql("drop database contract with (force)")


@pytest.fixture(scope="package", params=[1, 4], ids=["one worker", "four workers"])
def shop(request, contract_shops):
    """One shop after the other."""
    return contract_shops[request.param]
