"""Defaults are a promise; a token that can be guessed or a prefix that cannot be mounted is refused by name."""

import pytest

from paceline import errors
from paceline import settings as loader
from paceline.web import settings


def test_the_defaults_are_pinned():
    wanted = settings.WebSettings()
    assert (wanted.prefix, wanted.viewer_token, wanted.operator_token) == ("/performance", None, None)
    assert wanted.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")


def test_settings_come_from_the_environment(tmp_path):
    environ = {"PACELINE_PREFIX": "/ops/perf", "PACELINE_ALLOWED_HOSTS": "shop.test, *.shop.test"}
    loaded = loader.load(settings.WebSettings, environ=environ, folder=tmp_path)
    assert loaded.values.prefix == "/ops/perf"
    assert loaded.values.allowed_hosts == ("shop.test", "*.shop.test")


@pytest.mark.parametrize("prefix", ["performance", "/", "/perf/", "/a//b", "/perf?x", "/{x}"])
def test_a_prefix_that_cannot_be_mounted_is_refused(prefix, tmp_path):
    with pytest.raises(errors.SettingsError, match="prefix"):
        loader.load(settings.WebSettings, {"prefix": prefix}, environ={}, folder=tmp_path)


@pytest.mark.parametrize("token", ["short", "with a blank in the middle", "ümlaut-ümlaut-ümlaut-ümlaut"])
def test_a_weak_token_is_refused_and_not_repeated(token, tmp_path):
    with pytest.raises(errors.SettingsError, match="viewer_token") as refused:
        loader.load(settings.WebSettings, {"viewer_token": token}, environ={}, folder=tmp_path)
    assert token not in str(refused.value)


def test_tokens_do_not_show_in_a_repr():
    assert "secret-secret-secret-secret" not in repr(settings.WebSettings(viewer_token="secret-secret-secret-secret"))
