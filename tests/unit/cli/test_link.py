"""`paceline link` takes any address of a service, and nothing that would spoil the URL."""

from __future__ import annotations

import json

import pytest

from paceline import errors
from paceline.cli import link


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
