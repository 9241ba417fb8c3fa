"""A one-time code works once, for ten minutes, in whichever process it is shown."""

import pytest

from paceline import clock as clocks
from paceline.web import codes


@pytest.fixture(params=["file", "memory"])
def made(request, tmp_path):
    clock = clocks.FakeClock()
    return clock, codes.FileCodes(tmp_path / "codes", clock) if request.param == "file" else codes.MemoryCodes(clock)


def test_a_code_works_once(made):
    _, ours = made
    code = ours.mint()
    assert ours.redeem(code)
    assert not ours.redeem(code)


def test_a_code_expires_after_ten_minutes(made):
    clock, ours = made
    late, in_time = ours.mint(), ours.mint()
    clock.advance(599)
    assert ours.redeem(in_time)
    clock.advance(1)
    assert not ours.redeem(late)


@pytest.mark.parametrize("code", ["", "x", "../../tokens.json", "a" * 43, "\0", "é" * 43])
def test_a_made_up_code_is_refused(made, code):
    _, ours = made
    ours.mint()
    assert not ours.redeem(code)


def test_expired_codes_are_forgotten_when_another_is_made(tmp_path):
    clock = clocks.FakeClock()
    ours = codes.FileCodes(tmp_path / "codes", clock)
    ours.mint()
    clock.advance(601)
    ours.mint()
    assert len(list((tmp_path / "codes").iterdir())) == 1


def test_another_process_redeems_what_this_one_made_and_no_file_holds_the_code(tmp_path):
    code = codes.FileCodes(tmp_path / "codes").mint()
    for path in (tmp_path / "codes").iterdir():
        assert code not in path.name + path.read_text()
    assert codes.FileCodes(tmp_path / "codes").redeem(code)
