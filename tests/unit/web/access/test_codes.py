"""A one-time code works once, for ten minutes, in whichever process it is shown."""

import json
import subprocess
import sys

import pytest

from paceline import clock as clocks
from paceline.web.access import codes


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


REDEEM_ALL = """
import json, pathlib, sys
from paceline.web.access import codes
ours = codes.FileCodes(pathlib.Path(sys.argv[1]))
shown = json.load(sys.stdin)
print(json.dumps([code for code in shown if ours.redeem(code)]))
"""


def test_of_two_processes_that_are_shown_the_same_codes_exactly_one_takes_each(tmp_path):
    """They get the codes at the same moment, in opposite order, so that they meet in the middle."""
    ours = codes.FileCodes(tmp_path / "codes")
    made = [ours.mint() for _ in range(200)]
    command = [sys.executable, "-c", REDEEM_ALL, str(tmp_path / "codes")]
    racers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for racer, order in zip(racers, (made, made[::-1]), strict=True):
        racer.stdin.write(json.dumps(order))
        racer.stdin.flush()
    for racer in racers:
        racer.stdin.close()
    won = [json.loads(racer.stdout.read()) for racer in racers]
    assert [racer.wait(10) for racer in racers] == [0, 0]
    for racer in racers:
        racer.stdout.close()
    assert sorted(won[0] + won[1]) == sorted(made)
    assert list((tmp_path / "codes").iterdir()) == []
