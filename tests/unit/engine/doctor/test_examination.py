"""The examination ends, whatever its subjects do."""

import threading
from pathlib import Path

import pytest
from tests.unit.engine.doctor.fix_circumstances import circumstances_of

from paceline.engine.answers import json_form
from paceline.engine.doctor import examination, lines


def well(_found):
    yield lines.Line(lines.OK, "well")


def broken(_found):
    yield lines.Line(lines.WARNING, "so far")
    raise ValueError("tom@example.org")


def test_a_subject_that_fails_or_hangs_is_a_problem_and_the_others_are_looked_at(tmp_path):
    forever = threading.Event()
    sections = [("a", broken), ("b", lambda _: [forever.wait()]), ("c", well)]
    found = examination.examine(circumstances_of(tmp_path), sections, limit_s=0.05)
    forever.set()
    assert [[(line.status, line.text) for line in section.lines] for section in found.sections] == [
        [("warning", "so far"), ("problem", "cannot be looked at: ValueError")],
        [("problem", "no answer within 0.05 s")],
        [("ok", "well")],
    ]
    assert (found.status, found.problems, found.warnings) == ("problem", 2, 1)


def test_all_subjects_of_a_new_service_are_well_and_have_a_form_in_json(tmp_path):
    found = examination.examine(circumstances_of(tmp_path))
    assert [section.title for section in found.sections] == [title for title, _ in examination.SECTIONS]
    assert (found.problems, found.service) == (0, "shop")
    document = json_form.to_json(found)
    assert {line["status"] for part in document["sections"] for line in part["lines"]} <= {"ok", "warning", "skipped"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", sorted(Path(examination.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_every_subject_is_in_the_list(path):
    if "def examine(_" in path.read_text() or "def examine(found: circumstances_" in path.read_text():
        assert path.stem in {act.__module__.rpartition(".")[2] for _, act in examination.SECTIONS}
