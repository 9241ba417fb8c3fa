"""`paceline link` takes any address of a service, and nothing that would spoil the URL."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from tests import fix_cli

from paceline import errors
from paceline.cli import link
from paceline.integrations import install
from paceline.web import settings


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8000", "https://shop.test/", "https://shop.test/shop", "http://[::1]:80/a/b/"]
)
def test_an_address_may_have_a_path(home, capsys, base):
    assert link.link(base=base, service="shop", as_json=True) == 0
    url = json.loads(capsys.readouterr().out)["url"]
    assert url.startswith(f"{base.rstrip('/')}/performance/login#code=")


@pytest.mark.parametrize(
    "base",
    ["", "shop.test", "ftp://shop.test", "http://", "http://a b", "http://a/?x=1", "http://a/#b", "javascript:x"],
)
def test_what_is_no_address_is_refused(home, base):
    with pytest.raises(errors.UsageError, match="is no address of a service; write it like"):
        link.link(base=base, service="shop")


def test_a_link_is_at_the_base_and_holds_no_token(home, capsys, monkeypatch):
    monkeypatch.setenv("PACELINE_VIEWER_TOKEN", "viewer-token-of-this-test")
    monkeypatch.setenv("PACELINE_OPERATOR_TOKEN", "operator-token-of-this-test")
    assert link.link(base="https://shop.example:8443/", service="shop", as_json=True) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["service"] == "shop"
    assert urlsplit(told["url"])[:2] == ("https", "shop.example:8443")
    assert "token-of-this-test" not in told["url"]


def test_a_service_that_is_not_known_here_gets_its_link_and_a_word(home, capsys, tmp_path):
    assert link.link(service="shpo") == 0
    printed = capsys.readouterr()

    assert printed.out.startswith(f"{link.DEFAULT_BASE}/performance/login#code=")
    assert printed.err.startswith("paceline: 'shpo' has no store at ")
    assert printed.err.count("\n") == 1

    (tmp_path / "state" / "paceline" / "shpo-v1.db").touch()
    assert link.link(service="shpo") == 0
    assert capsys.readouterr().err == ""


def test_two_links_are_two(home):
    access = install.access_of(settings.WebSettings(), "shop")

    assert access.one_time_url(link.DEFAULT_BASE) != access.one_time_url(link.DEFAULT_BASE)


def test_the_command_prints_one_line_that_a_shell_can_take(tmp_path):
    store = tmp_path / "state" / "paceline" / "shop-v1.db"
    store.parent.mkdir(mode=0o700, parents=True)
    store.touch()

    ran = fix_cli.paceline(tmp_path, "link", "--service", "shop")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(ran.stdout.split()) == 1
    assert ran.stdout.startswith("http://127.0.0.1:8000/performance")
