"""The checks are known to the reader of the reference, by their names."""

import re
from pathlib import Path

from paceline.postgres.checks import running

REST = Path(__file__).parents[4] / "docs/reference/rest.md"


def test_the_reference_lists_every_check_once():
    section = REST.read_text(encoding="utf-8").partition("### `GET /database/health`")[2].partition("### ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [check.name for check in running.CHECKS]
