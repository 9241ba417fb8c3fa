"""What a Python process of a watched command runs first: next to nothing, and nothing that could be noticed."""

import json
import os
import subprocess
import sys

import pytest

from paceline.integrations.zero_code import environment

LOOK = """
import json, sys, threading
loaded = set(sys.modules)
print(json.dumps({"loaded": sorted(loaded), "path": sys.path[1:], "threads": threading.active_count(),
                  "finders": [type(one).__name__ for one in sys.meta_path]}))
"""


def run(*arguments, path=(), **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PACELINE_", "PYTHON"))}
    kept |= {"PYTHONPATH": os.pathsep.join(map(str, path))} if path else {}
    done = subprocess.run(
        [sys.executable, *arguments], env={**kept, **more}, capture_output=True, text=True, timeout=20, check=False
    )
    return done.returncode, done.stdout, done.stderr


def looked(*path, flags=()):
    code, said, err = run(*flags, "-c", LOOK, path=path)
    assert (code, err) == (0, "")
    return json.loads(said)


def test_a_process_that_serves_nothing_gets_a_finder_and_no_more():
    without, with_ = looked(), looked(environment.start_folder())
    assert set(with_["loaded"]) - set(without["loaded"]) <= {"sitecustomize", "paceline_finder", "__future__"}
    assert with_["path"] == without["path"]
    assert (with_["threads"], with_["finders"]) == (1, ["Finder", *without["finders"]])


@pytest.mark.parametrize("flag", ["-S", "-I", "-E"])
def test_a_python_that_wants_no_guests_has_none(flag):
    assert "Finder" not in looked(environment.start_folder(), flags=[flag])["finders"]


def test_the_users_own_sitecustomize_runs_too(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.own = __file__")
    code, said, err = run("-c", "import sys; print(sys.own)", path=[environment.start_folder(), tmp_path])
    assert (code, said.strip(), err) == (0, str(tmp_path / "sitecustomize.py"), "")


@pytest.mark.parametrize("mistake", ["1 / 0", "import nowhere_to_be_found"])
def test_a_mistake_in_it_is_told_as_ever(tmp_path, mistake):
    (tmp_path / "sitecustomize.py").write_text(mistake)
    alone = run("-c", "print(1)", path=[tmp_path])
    assert run("-c", "print(1)", path=[environment.start_folder(), tmp_path]) == alone
    assert "Error in sitecustomize" in alone[2]


IMPORT = """
import sys
import starlette.applications as module
from fastapi import FastAPI
print(type(module.__spec__.loader).__name__, module.__loader__ is module.__spec__.loader)
print([type(one).__name__ for one in sys.meta_path].count("Finder"), "paceline.engine" in sys.modules)
"""


def test_once_starlette_is_imported_the_finder_is_gone_and_its_module_is_as_ever():
    """And the probe is not imported yet: a migration that imports the application does not serve it."""
    code, said, err = run("-c", IMPORT, path=[environment.start_folder()])
    assert (code, said.split("\n")[:2], err) == (0, ["SourceFileLoader True", "0 False"], "")


def test_a_python_without_paceline_is_told_once(tmp_path):
    """The command is of another environment than `paceline`: it runs, unwatched."""
    hide = "import sys\nsys.modules['paceline'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(hide)
    code, said, err = run("-c", IMPORT, path=[environment.start_folder(), tmp_path])
    assert code == 0
    assert err == "paceline run: the Python that runs this application has no paceline; install it there\n"
    assert said.startswith("SourceFileLoader True")
