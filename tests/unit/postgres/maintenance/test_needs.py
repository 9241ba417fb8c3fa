"""The arithmetic of upkeep is autovacuum's own: thresholds and factors of the server, under the options of the table."""

import pytest

from paceline.postgres.maintenance import needs

SERVER = {
    "autovacuum_analyze_threshold": "50",
    "autovacuum_analyze_scale_factor": "0.1",
    "autovacuum_vacuum_threshold": "50",
    "autovacuum_vacuum_scale_factor": "0.2",
    "autovacuum_vacuum_insert_threshold": "1000",
    "autovacuum_vacuum_insert_scale_factor": "0.2",
}
MODERN = {**SERVER, "autovacuum_vacuum_max_threshold": "100000000"}
TABLE = {
    "rows": 1_000.0, "pages": 10, "frozen_pages": None, "options": None, "changed_rows": 0, "dead_rows": 0,
    "inserted_rows": 0, "analyzed_at": 100.0, "autoanalyzed_at": None,
}  # fmt: skip
INDEX = {"valid": True, "fillfactor": 90, "size_bytes": 100 * 1024 * 1024, "expected_bytes": None}


def vacuum(server=None, options=None, **row):
    table = {**TABLE, "options": options, **row}
    return needs.vacuum(table, needs.triggers_of(table, server or SERVER))


def analyze(options=None, **row):
    table = {**TABLE, "options": options, **row}
    return needs.analyze(table, needs.triggers_of(table, SERVER))


@pytest.mark.parametrize(("changed", "needed"), [(150, False), (151, True)])
def test_analyze_is_needed_above_threshold_plus_factor_times_rows(changed, needed):
    found = analyze(changed_rows=changed)
    assert (found.trigger, found.needed) == (150.0, needed)
    assert "(50 + 0.1 x 1000 rows)" in found.why


def test_a_tables_own_options_go_before_the_servers():
    own = {"autovacuum_analyze_threshold": "5", "autovacuum_analyze_scale_factor": "0"}
    assert analyze(own, changed_rows=6).needed
    assert analyze({"autovacuum_analyze_threshold": "-1"}, changed_rows=150).trigger == 150


def test_a_table_that_was_never_analysed_counts_as_empty():
    assert analyze(rows=-1.0, changed_rows=51).trigger == 50


def test_dead_rows_have_a_ceiling_where_the_server_has_one():
    huge = {"rows": 1e9, "dead_rows": 150_000_000}
    assert not vacuum(**huge).needed
    capped = vacuum(MODERN, **huge)
    assert (capped.trigger, capped.needed) == (1e8, True)
    assert "autovacuum_vacuum_max_threshold" in capped.why
    assert not vacuum(MODERN, {"autovacuum_vacuum_max_threshold": "-1"}, **huge).needed


def test_inserted_rows_call_for_vacuum_unless_switched_off():
    found = vacuum(inserted_rows=1_201)
    assert (found.measure, found.trigger, found.needed) == ("inserted_rows", 1_200.0, True)
    assert not vacuum(options={"autovacuum_vacuum_insert_threshold": "-1"}, inserted_rows=10_000).needed
    assert vacuum(inserted_rows=1_201, dead_rows=10_000).measure == "dead_rows"


def test_frozen_pages_lower_the_trigger_of_inserted_rows():
    assert vacuum(inserted_rows=1_150, frozen_pages=8).trigger == pytest.approx(1_040)
    assert not vacuum(inserted_rows=1_150, frozen_pages=0).needed


def partitioned(parent, *parts):
    rows = [{**TABLE, **part} for part in parts]
    whole = {**TABLE, **parent}
    return needs.analyze_partitioned(whole, rows, needs.triggers_of(whole, SERVER))


def test_a_partitioned_table_needs_analyze_when_nobody_did_or_autovacuum_did_a_part():
    assert partitioned({"rows": -1.0}, {}).needed
    assert partitioned({}, {"autoanalyzed_at": 101.0}).needed
    assert partitioned({"analyzed_at": None}, {"autoanalyzed_at": 1.0}).needed
    assert not partitioned({}, {"autoanalyzed_at": 99.0, "analyzed_at": 200.0}).needed
    assert partitioned({}, {"changed_rows": 100}, {"changed_rows": 51}).needed


def test_an_index_is_rebuilt_for_evidence_only():
    invalid = needs.reindex({**INDEX, "valid": False}, None)
    assert (invalid.measure, invalid.needed) == ("invalid", True)
    measured = needs.reindex(INDEX, 45.0)
    assert (measured.measure, measured.value, measured.needed) == ("bloat_measured", 0.5, True)
    assert not needs.reindex(INDEX, 64.0).needed
    estimated = needs.reindex({**INDEX, "expected_bytes": 60.0 * 1024 * 1024}, None)
    assert (estimated.measure, estimated.needed) == ("bloat_estimated", True)
    assert needs.reindex({**INDEX, "expected_bytes": 2e9}, None).value == 0
    assert needs.reindex(INDEX, None).why.startswith("its bloat cannot be told")
    assert needs.reindex({**INDEX, "size_bytes": 16_384}, 1.0).measure == "none"
