"""The public names, and that they cost nothing until they are used."""

import subprocess
import sys

import pytest

import paceline

NAMES = ["MissingExtra", "Paceline", "PacelineError", "SettingsError", "StoreError", "UsageError"]


def test_the_public_names_are_these():
    assert sorted(paceline.__all__) == NAMES
    assert len(paceline.__all__) <= 12
    assert dir(paceline) == sorted([*NAMES, "__version__"])


@pytest.mark.parametrize("name", NAMES)
def test_each_is_what_its_room_calls_so(name):
    found = getattr(paceline, name)
    assert found.__name__ == name
    assert found.__module__.startswith("paceline.")


def test_a_name_that_is_not_there_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="module 'paceline' has no attribute 'Pacelime'"):
        _ = paceline.Pacelime


def test_importing_paceline_imports_nothing_else_of_it():
    code = "import sys, paceline; print(*sorted(m for m in sys.modules if m.startswith('paceline')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["paceline"]
