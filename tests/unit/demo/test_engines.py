"""Addresses of databases."""

from __future__ import annotations

import pytest

from paceline.demo import engines


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_dsn_as_everybody_writes_it_becomes_one_for_asyncpg(scheme):
    assert engines.engine_url(f"{scheme}://me@/shop?host=/run") == "postgresql+asyncpg://me@/shop?host=/run"


def test_what_is_no_postgresql_is_left_for_sqlalchemy_to_refuse():
    assert engines.engine_url("mysql://me@host/shop") == "mysql://me@host/shop"
