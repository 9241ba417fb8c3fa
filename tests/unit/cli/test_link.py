"""A link lets one browser in; what cannot lead in is said instead."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from tests import fix_cli

from paceline import errors
from paceline.cli import link
from paceline.integrations import install
from paceline.web import settings


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    """No settings and no tokens but the test's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("PACELINE_SERVICE", "OTEL_SERVICE_NAME", "PACELINE_VIEWER_TOKEN", "PACELINE_OPERATOR_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_link_is_at_the_base_and_holds_no_token(capsys, monkeypatch):
    monkeypatch.setenv("PACELINE_VIEWER_TOKEN", "viewer-token-of-this-test")
    monkeypatch.setenv("PACELINE_OPERATOR_TOKEN", "operator-token-of-this-test")
    assert link.link(base="https://shop.example:8443/", service="shop", as_json=True) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["service"] == "shop"
    assert urlsplit(told["url"])[:2] == ("https", "shop.example:8443")
    assert "token-of-this-test" not in told["url"]


def test_two_links_are_two():
    access = install.access_of(settings.WebSettings(), "shop")

    assert access.one_time_url(link.DEFAULT_BASE) != access.one_time_url(link.DEFAULT_BASE)


@pytest.mark.parametrize("base", ["localhost:8000", "ftp://a", "http://a/b", "http:// a", "http://"])
def test_a_base_that_is_none_is_refused_with_an_example(base):
    with pytest.raises(errors.UsageError, match=re.escape(link.DEFAULT_BASE)):
        link.link(base=base, service="shop")


def test_the_command_prints_one_line_that_a_shell_can_take(tmp_path):
    ran = fix_cli.paceline(tmp_path, "link", "--service", "shop")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(ran.stdout.split()) == 1
    assert ran.stdout.startswith("http://127.0.0.1:8000/performance")
