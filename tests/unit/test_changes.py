"""What was changed is told by values that go to JSON as they are."""

import dataclasses
import json

from paceline import changes


def test_an_entry_of_the_journal_is_json_able():
    entry = changes.JournalEntry(1, "ada", "analyze", {"table": "orders"}, {"seconds": 0.2}, statements=("ANALYZE x",))
    assert json.loads(json.dumps(dataclasses.asdict(entry)))["undo"] is None


def test_risks_and_progress_are_plain_values():
    assert [risk.value for risk in changes.Risk] == ["none", "low", "high"]
    assert changes.Progress(1, None, "orders").total is None
