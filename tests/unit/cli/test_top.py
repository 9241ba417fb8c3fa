"""What `paceline top` reads and draws."""

from __future__ import annotations

import json

import pytest
from rich.console import Console
from tests import fix_cli

from paceline.cli import top
from paceline.engine import service as services
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry.store import opening


def _question(url: str, since: str = "5m") -> top.Question:
    store = opening.open_store(url, service="shop")
    service = services.Service(store, telemetry_settings.TelemetrySettings(service="shop"))
    return top.Question(service, "shop", store.status().location, since, 15)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A question to a store that a recorder filled."""
    return _question(fix_cli.fill_store(tmp_path_factory.mktemp("top")))


def _text(question: top.Question, width: int) -> str:
    console = Console(width=width, no_color=True, highlight=False)
    with console.capture() as captured:
        console.print(top.picture(question, question.ask(), 15))
    return captured.get()


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_fits(filled, width):
    """Title, four lines of summary and two tables."""
    text = _text(filled, width)

    assert max(map(len, text.splitlines())) <= width
    for part in ("shop  last 5m, read at ", "requests ", "memory ", "own cost ", "endpoint ", "statement "):
        assert part in text
    assert fix_cli.LITERAL not in text


def test_the_document_is_json_and_holds_no_literal(filled):
    """The answers of the service under their names."""
    document = json.loads(json.dumps(top.document(filled, filled.ask())))

    assert set(document) == {"service", "store", "since", "at", "note", "overview", "api", "database"}
    assert document["note"] is None
    assert document["api"]["slowest_endpoints"][0]["endpoint"] == "/products/{product_id}/reviews"
    assert fix_cli.LITERAL not in json.dumps(document)


def test_a_store_without_data_says_how_to_get_some(tmp_path):
    """Lists are empty, and a note stands beside them."""
    question = _question(f"sqlite:///{tmp_path / 'empty.db'}")
    document = top.document(question, question.ask())

    assert document["api"]["slowest_endpoints"] == []
    assert document["note"].startswith("nothing was recorded (last 5m) in ")
    assert "--since 24h" in document["note"]
    assert "nothing was recorded (last 5m)" in " ".join(_text(question, 80).split())


def test_a_moment_is_a_range_too(filled):
    """The title says since when."""
    assert _question(f"sqlite:///{filled.location}", "2026-01-31T12:00:00Z").span == "since 2026-01-31T12:00:00Z"
