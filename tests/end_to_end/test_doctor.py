"""`paceline doctor` as a command: 0 when all is well, 1 with problems, and a document for programs."""

from __future__ import annotations

import json

from tests import fix_cli
from tests.fix_cli import paceline

SECRET = "s3cret-" * 5
APP = """
from fastapi import FastAPI
from paceline import Paceline
app = FastAPI()
Paceline().install(app)
print("loud")
"""


def test_all_is_well_over_a_store_in_use(tmp_path):
    """With an application that installs paceline itself, whose store is not made by looking."""
    url = fix_cli.fill_store(tmp_path)
    (tmp_path / "shop.py").write_text(APP)
    done = paceline(tmp_path, "doctor", "--store", url, "--service", "shop", "--app", "shop:app")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "paceline installed in its code" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].split(maxsplit=1) == ["ok", "service shop: no problems, no warnings"]
    assert not (tmp_path / "state").exists()


def test_problems_are_exit_code_1_and_the_same_document_for_programs(tmp_path):
    more = {"PACELINE_SLOW_RESPONSE_MS": "soon", "DATABASE_URL": f"postgresql://u:{SECRET}@127.0.0.1:1/d"}
    more["PACELINE_VIEWER_TOKEN"] = SECRET
    done = paceline(tmp_path, "doctor", "--app", "nowhere:app", "--json", more=more)
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert (document["status"], document["problems"], document["warnings"]) == ("problem", 3, 0)
    told = [
        line["text"] for section in document["sections"] for line in section["lines"] if line["status"] == "problem"
    ]
    assert told[0] == "nowhere cannot be imported: there is no module 'nowhere'"
    assert told[1].startswith("PostgreSQL at 127.0.0.1:1/d")
    assert told[2].startswith("setting slow_response_ms: 'soon' is not a number")
    assert SECRET not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_is_refused(tmp_path):
    for arguments, said in ((["--app", "shop"], "write it like shop:app"), (["--store", "mysql://h/d"], "sqlite:///")):
        done = paceline(tmp_path, "doctor", *arguments)
        assert (done.returncode, done.stderr.count("\n")) == (64, 1)
        assert said in done.stderr
