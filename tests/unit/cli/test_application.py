"""The table of commands."""

from __future__ import annotations

import pytest

from paceline.cli import application, exit_codes


@pytest.mark.parametrize("entry", application.ENTRIES, ids=lambda entry: entry.name)
def test_every_command_has_an_example_and_prints_json(entry, capsys, monkeypatch):
    """In its --help, which is made from the function's docstring and options."""
    monkeypatch.setenv("COLUMNS", "120")

    assert _code(entry.name, "--help") == exit_codes.OK

    said = capsys.readouterr().out
    assert f"Example: paceline {entry.name}" in said
    assert ("--json" in said) is not entry.takes_command  # what another command prints is its own


def _code(*arguments: str) -> int:
    from paceline.cli import failures

    return failures.guarded(lambda: application.run(arguments))


def test_without_a_command_the_help_is_shown(capsys):
    """With all commands in it."""
    assert _code() == exit_codes.OK

    said = capsys.readouterr().out
    assert all(entry.summary in said for entry in application.ENTRIES)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["srve"], "no such command 'srve'. Did you mean 'serve'? See paceline --help"),
        (["quux"], "no such command 'quux'. See paceline --help"),
        (["--verison"], "no such option: --verison. Did you mean --version? See paceline --help"),
        (["top", "--limt", "3"], "no such option: --limt. Did you mean --limit? See paceline top --help"),
        (["serve", "--port"], "option '--port' requires an argument. See paceline --help"),
    ],
)
def test_a_slip_of_the_pen_is_answered_in_one_line(arguments, line, capsys):
    """With the nearest name and where to look."""
    assert _code(*arguments) == exit_codes.USAGE
    assert capsys.readouterr().err == f"paceline: {line}\n"
