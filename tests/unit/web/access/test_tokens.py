"""All workers of a service know the same two tokens and believe the same cookies."""

import json
import stat
import subprocess
import sys

import pytest

from paceline import clock as clocks
from paceline.web import settings
from paceline.web.access import tokens

PRINT_TOKENS = """
import json, pathlib, sys
from paceline.web import settings
from paceline.web.access import tokens
access = tokens.Access(settings.WebSettings(), pathlib.Path(sys.argv[1]))
print(json.dumps([access.viewer_token, access.operator_token, access.one_time_url("http://127.0.0.1:8000/")]))
"""


def test_processes_that_start_together_share_the_tokens_and_redeem_each_others_urls(tmp_path):
    command = [sys.executable, "-c", PRINT_TOKENS, str(tmp_path / "state")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    (viewer, operator, url), (viewer2, operator2, _) = (json.loads(process.communicate()[0]) for process in processes)
    assert (viewer, operator) == (viewer2, operator2)
    assert viewer != operator
    assert stat.S_IMODE((tmp_path / "state" / "tokens.json").stat().st_mode) == 0o600

    ours = tokens.Access(settings.WebSettings(), tmp_path / "state")
    assert ours.viewer_token == viewer
    address, _, code = url.partition("#code=")
    assert address == "http://127.0.0.1:8000/performance/login"
    assert ours.redeem(code)
    assert not ours.redeem(code)


def test_tokens_say_who_may_read_and_who_may_change(tmp_path):
    wanted = settings.WebSettings(viewer_token="v" * 32, operator_token="o" * 32)
    access = tokens.Access(wanted, tmp_path)
    assert access.role_of("v" * 32) == "viewer"
    assert access.role_of("o" * 32) == "operator"
    for wrong in ("", "v" * 31, "v" * 33, "é" * 32):
        assert access.role_of(wrong) is None


def test_a_cookie_is_good_for_twelve_hours_in_every_worker(tmp_path):
    clock = clocks.FakeClock()
    one, other = (tokens.Access(settings.WebSettings(), tmp_path, clock=clock) for _ in range(2))
    cookie = one.new_session()
    assert other.is_session(cookie)
    assert other.cookie_name == one.cookie_name
    clock.advance(12 * 3_600)
    assert not other.is_session(cookie)


def test_a_cookie_cannot_be_prolonged_or_made_up(tmp_path):
    access = tokens.Access(settings.WebSettings(), tmp_path)
    expires, nonce, signature = access.new_session().split(".")
    for forged in (
        f"{int(expires) + 1}.{nonce}.{signature}",
        f"{expires}.{nonce}.",
        "",
        "..",
        f"{expires}.{signature}",
    ):
        assert not access.is_session(forged)
    assert access.role_of(access.new_session()) is None


def test_a_new_token_ends_every_session(tmp_path):
    before = tokens.Access(settings.WebSettings(viewer_token="a" * 32), tmp_path)
    after = tokens.Access(settings.WebSettings(viewer_token="b" * 32), tmp_path)
    assert not after.is_session(before.new_session())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"viewer": "", "operator": 1}'])
def test_a_damaged_file_never_becomes_an_empty_token(tmp_path, content):
    (tmp_path / "tokens.json").write_text(content)
    (tmp_path / "tokens.json").chmod(0o600)
    access = tokens.Access(settings.WebSettings(), tmp_path)
    assert len(access.viewer_token) >= 32
    assert len(access.operator_token) >= 32
    assert access.role_of("") is None


def test_a_folder_that_cannot_be_used_leaves_tokens_of_this_process_and_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    access = tokens.Access(settings.WebSettings(), tmp_path / "file" / "state")
    assert "this process only" in (access.note or "")
    assert access.redeem(access.one_time_url("http://localhost").partition("=")[2])
    assert tokens.Access(settings.WebSettings(), None).note


def _readable(path):
    path.chmod(0o644)


def _link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [_readable, _link, _folder])
def test_tokens_in_a_file_that_others_could_have_written_or_read_are_not_used(tmp_path, spoil):
    """What stood in it may be known to anybody; the tokens are then of this process, and it says so."""
    before = tokens.Access(settings.WebSettings(), tmp_path)
    spoil(tmp_path / "tokens.json")
    after = tokens.Access(settings.WebSettings(), tmp_path)
    assert "this process only" in (after.note or "")
    assert after.role_of(before.viewer_token) is None
    assert after.role_of(before.operator_token) is None
    assert not after.is_session(before.new_session())


def test_the_cookie_of_one_service_is_worth_nothing_to_another(tmp_path):
    shop, bank = (tokens.Access(settings.WebSettings(), tmp_path / name) for name in ("shop", "bank"))
    assert shop.cookie_name != bank.cookie_name
    assert not bank.is_session(shop.new_session())
    assert bank.role_of(shop.operator_token) is None


def test_a_one_time_code_stands_in_the_fragment_and_nowhere_else(tmp_path):
    url = tokens.Access(settings.WebSettings(), tmp_path).one_time_url("https://shop.test")
    address, _, fragment = url.partition("#")
    assert address == "https://shop.test/performance/login"
    assert fragment.startswith("code=")
