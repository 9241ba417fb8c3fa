"""What `paceline doctor` makes of an application's name, and how it shows what was found."""

from __future__ import annotations

import io
import os
import sys

import pytest
from rich.console import Console

from paceline.cli import doctor
from paceline.engine.doctor import lines


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("looked_at_")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("app = 1", None),
        ("", "{} has no 'app'"),
        ("import no_such_module_anywhere", "{} cannot be imported: there is no module 'no_such_module_anywhere'"),
        ("raise ValueError('tom@example.org')", "{} cannot be imported: ValueError"),
        ("raise SystemExit(3)", "{} cannot be imported: SystemExit"),
    ],
)
def test_an_import_that_fails_is_told_without_what_it_says(folder, code, problem, capsys):
    name = f"looked_at_{abs(hash(code))}"
    (folder / f"{name}.py").write_text(f"print('loud')\n{code}\n")
    application, told = doctor.imported(f"{name}:app")
    assert (application, told) == (1 if problem is None else None, problem and problem.format(name))
    assert capsys.readouterr().out == ""


def test_an_import_that_does_not_end_is_given_up(folder, monkeypatch):
    monkeypatch.setattr(doctor, "IMPORT_S", 0.05)
    (folder / "looked_at_long.py").write_text("import threading\nthreading.Event().wait(20)\n")
    assert doctor.imported("looked_at_long:app") == (None, "looked_at_long cannot be imported: TimeoutError")


def test_paceline_is_disabled_meanwhile_only(folder):
    (folder / "looked_at_off.py").write_text("import os\napp = os.environ['PACELINE_DISABLE']\n")
    before = dict(os.environ)
    assert doctor.imported("looked_at_off:app") == ("1", None)
    assert dict(os.environ) == before


def test_eighty_columns_hold_it_and_nothing_can_steer_the_terminal():
    said = lines.Line(lines.PROBLEM, "long " * 30 + "\x1b[31m", "do " * 40)
    whole = lines.diagnosis("shop", (lines.Section("store", (said, lines.Line(lines.OK, "well"))),))
    out = io.StringIO()
    Console(file=out, width=80).print(doctor.picture(whole))
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert "service shop: 1 problem, no warnings" in text
