"""Retention is read from one line, and a wrong line says what is wrong."""

import pytest

from paceline import errors
from paceline.telemetry.store import retention


def test_the_default_is_what_the_line_of_the_documentation_says():
    assert retention.Retention.parse("2s:1h 1m:48h 1h:13mo") == retention.DEFAULT


@pytest.mark.parametrize(
    "text", ["", "2s:1h", "2s=1h 1m:48h 1h:13mo", "2s:1x 1m:48h 1h:13mo", "2s:1s 1m:48h 1h:13mo", "2s:3h 1m:2h 1h:13mo"]
)
def test_a_wrong_line_is_refused(text):
    with pytest.raises(errors.SettingsError, match="retention"):
        retention.Retention.parse(text)


@pytest.mark.parametrize("text", ["2s:1h 1m:48h 1h:13mo", "2s:10m 1m:3h 1h:2y"])
def test_a_retention_is_written_as_it_was_read(text):
    assert str(retention.Retention.parse(text)) == text
