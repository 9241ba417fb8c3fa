"""Dead rows count from twice their trigger, age from where freezing should have begun and did not help."""

import pytest

from paceline.postgres.checks import vacuum

SERVER = [{"name": "autovacuum", "value": "on"}, {"name": "autovacuum_vacuum_threshold", "value": "50"},
          {"name": "autovacuum_vacuum_scale_factor", "value": "0"}]  # fmt: skip
TABLE = {"quoted": "public.t", "relkind": "r", "rows": 10.0, "pages": 1, "frozen_pages": None, "options": None,
         "inserted_rows": 0, "dead_rows": 0}  # fmt: skip
YOUNG = {"database": "shop", "xids": 10, "multixacts": 10, "xids_trigger": 200_000_000,
         "multixacts_trigger": 400_000_000, "xids_failsafe": 1_600_000_000,
         "multixacts_failsafe": 1_600_000_000}  # fmt: skip


def dead(**row):
    return vacuum.dead_rows({"upkeep": [{**TABLE, **row}], "autovacuum_settings": SERVER}, None).findings


def old(**row):
    return vacuum.wraparound({"wraparound": [{**YOUNG, **row}]}, None).findings


def test_dead_rows_at_twice_the_trigger_are_a_finding():
    assert dead(dead_rows=99) == ()
    (found,) = dead(dead_rows=100)
    assert found.remedy.advice.startswith("VACUUM public.t; look for sessions")
    assert dead(dead_rows=100, relkind="p") == ()


def test_a_table_without_autovacuum_is_told_so():
    (found,) = dead(dead_rows=100, options={"autovacuum_enabled": "false"})
    assert "switched off" in found.remedy.advice


@pytest.mark.parametrize(
    ("row", "severities"),
    [
        ({"xids": 299_999_999}, []),
        ({"xids": 300_000_000}, ["warning"]),
        ({"xids": 1_600_000_000}, ["critical"]),
        ({"xids": 1_600_000_000, "xids_failsafe": None}, ["critical"]),
        ({"multixacts": 700_000_000}, ["warning"]),
    ],
)
def test_age_is_judged_by_the_servers_own_settings(row, severities):
    assert [found.severity for found in old(**row)] == severities


def test_a_trigger_beyond_the_failsafe_does_not_hide_the_danger():
    (found,) = old(xids=1_600_000_000, xids_trigger=2_000_000_000)
    assert (found.severity, found.subject) == ("critical", "shop xids")
