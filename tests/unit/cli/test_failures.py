"""Whatever goes wrong becomes one line on standard error and an exit code."""

from __future__ import annotations

import pytest

from paceline import errors
from paceline.cli import exit_codes, failures


def _raising(problem: BaseException):
    def act() -> int:
        raise problem

    return act


def _told(capsys, problem: BaseException) -> tuple[int, str]:
    code = failures.guarded(_raising(problem))
    said = capsys.readouterr()
    assert not said.out
    return code, said.err


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (errors.UsageError("no"), exit_codes.USAGE),
        (errors.SettingsError("no"), exit_codes.USAGE),
        (errors.InvalidMeasurement("no"), exit_codes.NOT_ENOUGH_DATA),
        (errors.StoreError("no"), exit_codes.UNAVAILABLE),
        (errors.DatabaseError("no"), exit_codes.UNAVAILABLE),
        (errors.ServiceUnavailable("no"), exit_codes.UNAVAILABLE),
    ],
)
def test_our_own_errors_say_what_they_say(capsys, problem, code):
    """One line with the message, and the code of its kind."""
    assert _told(capsys, problem) == (code, "paceline: no\n")


def test_every_error_has_a_code():
    """No error of ours is taken for a mistake of ours, the root apart."""
    kinds = [kind for kind in errors.PacelineError.__subclasses__() if kind is not errors.MissingExtra]

    assert {failures.code_of(kind("x")) for kind in kinds}.isdisjoint({exit_codes.INTERNAL})
    assert failures.code_of(errors.MissingExtra("web", "x")) == exit_codes.UNAVAILABLE


def test_what_a_command_returns_is_the_exit_code():
    """Nothing wrong: nothing said."""
    assert failures.guarded(lambda: 3) == 3


def test_an_unexpected_exception_shows_its_type_and_place_but_not_its_message(capsys):
    """A foreign message may hold a literal of the application."""
    code, said = _told(capsys, ValueError("tom@example.org"))

    assert code == exit_codes.INTERNAL
    assert said.startswith("paceline: internal error: ValueError at ")
    assert "PACELINE_DEBUG=1" in said
    assert "tom@example.org" not in said
    assert said.count("\n") == 1


def test_the_traceback_is_there_for_the_asking(capsys, monkeypatch):
    """With PACELINE_DEBUG=1."""
    monkeypatch.setenv("PACELINE_DEBUG", "1")

    code, said = _told(capsys, ValueError("x"))

    assert code == exit_codes.INTERNAL
    assert "Traceback (most recent call last)" in said


def test_a_missing_package_names_its_extra(capsys):
    """Also deep inside it: `uvicorn.config` is of uvicorn."""
    code, said = _told(capsys, ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn.config"))

    assert code == exit_codes.UNAVAILABLE
    assert "pip install 'paceline[web]'" in said


def test_a_missing_package_that_is_no_extra_is_our_mistake(capsys):
    """Something of ours was not shipped."""
    code, _ = _told(capsys, ModuleNotFoundError("No module named 'paceline.gone'", name="paceline.gone"))

    assert code == exit_codes.INTERNAL


def test_interruption_and_a_signal_are_silent(capsys):
    """Who pressed Ctrl-C knows it."""
    assert _told(capsys, KeyboardInterrupt()) == (130, "")
    assert _told(capsys, SystemExit(0)) == (0, "")


def test_messages_stay_one_line_and_cannot_steer_the_terminal(capsys):
    """Escape sequences and line breaks become blanks."""
    failures.say("a\nb\x1b[31mc\x07")

    assert capsys.readouterr().err == "paceline: a b [31mc\n"
