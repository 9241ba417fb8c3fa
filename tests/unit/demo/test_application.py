"""The shop can be built, and describes itself, without a database."""

from __future__ import annotations

import pytest

from paceline import errors
from paceline.demo import application, mistakes
from paceline.demo.traffic import mix

NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"


def served():
    paths = application.create_app(NOWHERE).openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def test_it_serves_the_routes_that_its_visitors_ask_for():
    assert served() == set(mix.SHARES)


def test_every_mistake_is_on_a_route_that_is_served():
    assert {mistake.where for mistake in mistakes.MISTAKES} <= served()


@pytest.mark.parametrize(("switched_on", "size", "overflow"), [({mistakes.POOL_TOO_SMALL}, 3, 0), (set(), 10, 5)])
def test_the_pool_is_too_small_only_with_the_mistake(switched_on, size, overflow):
    options = mistakes.ShopOptions(mistakes=frozenset(switched_on))
    pool = application.create_app(NOWHERE, options=options).state.shop.engine.pool
    assert pool.size() == size
    assert pool._max_overflow == overflow


def test_dsn_and_mistakes_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("PACELINE_SHOP_DSN", NOWHERE)
    monkeypatch.setenv("PACELINE_SHOP_MISTAKES", "none")
    shop = application.create_app().state.shop
    assert shop.options.mistakes == frozenset()
    assert shop.engine.url.database == "nowhere"


def test_without_a_database_it_says_what_to_set(monkeypatch):
    monkeypatch.delenv("PACELINE_SHOP_DSN", raising=False)
    with pytest.raises(errors.UsageError, match="PACELINE_SHOP_DSN"):
        application.create_app()
