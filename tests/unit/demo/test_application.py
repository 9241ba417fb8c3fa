"""The shop can be built, and describes itself, without a database."""

from __future__ import annotations

import pytest

from paceline import errors
from paceline.demo import application, mistakes, traffic

NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"


def test_it_serves_the_routes_that_its_visitors_ask_for():
    paths = application.create_app(NOWHERE).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert served == {(route.method, route.template) for route in traffic.ROUTES}


def test_every_mistake_is_on_a_route_that_is_served():
    routes = {f"{route.method} {route.template}" for route in traffic.ROUTES}
    assert {mistake.where for mistake in mistakes.MISTAKES} <= routes


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
