"""Each file of the queries is one statement with a header that says purpose, grants and versions."""

import re

import pytest

from paceline.postgres import sql_files


@pytest.mark.parametrize("name", sql_files.names())
def test_a_file_is_one_statement_with_its_header(name):
    text = sql_files.statement(name)
    header = "\n".join(line for line in text.splitlines() if line.startswith("--"))
    body = re.sub(r"--.*", "", text).strip()
    assert all(f"{word}: " in header for word in ("Purpose", "Grants", "Versions"))
    assert body.lower().startswith(("select", "with"))
    assert ";" not in body
    assert "%" not in re.sub(r"%\(\w+\)s", "", text), "a percent sign would be taken for a parameter"


def test_there_are_some_and_a_statement_is_read_once():
    assert {"capabilities", "tables", "indexes", "upkeep"} <= set(sql_files.names())
    assert sql_files.statement("tables") is sql_files.statement("tables")
