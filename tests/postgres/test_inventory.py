"""What there is: everything that users made, by size, with no literal in it; what cannot be read has its reason."""

import contextlib

import pytest
from tests import fix_database

from paceline import errors
from paceline.engine.answers.postgres import database
from paceline.postgres import inventory, session


def info(shop, role="paceline", schema=None, limit=1_000, timeout_s=10.0):
    target = shop.target(role, timeout_s)
    return database.info(session.ask(target, lambda asked: inventory.read(asked, schema=schema, limit=limit)), 0)


def test_tables_of_all_schemas_come_with_their_sizes_largest_first(shop):
    found = info(shop)
    tables = {table.name: table for table in found.tables}
    assert len(tables) == found.tables_total == 6
    odd = tables['Odd "T']
    assert found.tables[0] == odd
    assert (odd.schema, odd.kind, odd.rows_estimate, odd.dead_rows) == ("Sc h", "table", 40_000, 36_000)
    assert odd.total.bytes == odd.table.bytes + odd.indexes.bytes + odd.toast.bytes > 1_000_000
    assert odd.total.formatted.endswith("MB")
    assert odd.last_vacuum.endswith("Z")
    assert (tables["events"].kind, tables["events"].total.bytes) == ("partitioned table", 0)
    assert tables["events_2025"].is_partition
    assert tables["doubles"].rows_estimate is None, "nobody analysed it, which is not no rows"


def test_a_limit_says_what_it_left_out_and_a_schema_narrows(shop):
    found = info(shop, limit=2)
    assert (len(found.tables), found.tables_total) == (2, 6)
    assert (len(found.indexes), found.indexes_total) == (2, 8)
    assert {index.schema for index in info(shop, schema="Sc h").indexes} == {"Sc h"}
    with pytest.raises(errors.UsageError, match="schema 'nowhere' is not there; there are Sc h, public"):
        info(shop, schema="nowhere")


def test_indexes_tell_their_columns_and_no_literal(shop):
    indexes = {index.name: index for index in info(shop).indexes}
    partly = indexes["partly"]
    assert partly.definition == (
        'create index partly on "Sc h"."Odd ""T" using btree(lower(email)) where (email <> ?::text)'
    )
    assert (partly.columns, partly.partial, partly.unique) == ((None,), True, False)
    assert indexes["twin_a"].columns == ("Na me",)
    assert indexes['Odd "T_pkey'].primary
    assert not indexes["doubles_n"].valid
    assert fix_database.SECRET not in repr(info(shop, "postgres"))


def test_connections_are_counted_by_state_against_the_limit(shop):
    with contextlib.closing(shop.connect()) as open_one:
        open_one.execute("begin")
        open_one.execute("select 1")
        found = info(shop).connections
    assert found.idle_in_transaction >= 1
    assert found.active >= 1
    assert found.total == sum(
        (found.active, found.idle, found.idle_in_transaction, found.idle_in_transaction_aborted, found.other)
    )
    assert (found.limit, found.reserved) == (100, 3)


def test_settings_are_those_of_a_new_session(shop):
    settings = {setting.name: setting for setting in info(shop).settings}
    assert (settings["shared_buffers"].unit, settings["max_connections"].value) == ("8kB", "100")
    assert settings["shared_preload_libraries"].value == "pg_stat_statements"


def test_without_a_grant_a_part_is_null_with_its_reason_and_the_grant(shop):
    found = info(shop, "nobody_at_all")
    reasons = {gap.field: gap.reason for gap in found.unavailable}
    assert set(reasons) == {"connections", "settings.shared_preload_libraries"}
    assert reasons["connections"].endswith('GRANT pg_monitor TO "nobody_at_all"')
    assert found.connections == database.Connections(None, None, None, None, None, None, limit=100, reserved=3)
    assert len(found.tables) == 6
    assert info(shop).unavailable == ()


def test_a_database_that_may_not_be_entered_has_no_size_rather_than_none_at_all(shop):
    shop.server.run_sql("create database closed; revoke connect on database closed from public")
    try:
        sizes = {one.name: one.size for one in info(shop, "nobody_at_all").databases}
        assert sizes["closed"] is None
        assert sizes["odd shop"].bytes > 1_000_000
        assert {one.name: one.size for one in info(shop).databases}["closed"].bytes > 1_000_000
    finally:
        shop.server.run_sql("drop database closed")


def test_a_table_that_somebody_has_to_himself_is_the_only_one_without_size(shop):
    with contextlib.closing(shop.connect()) as holder:
        holder.execute("begin")
        holder.execute("lock table tickets in access exclusive mode")
        found = info(shop)
        holder.execute("rollback")
    assert [table.name for table in found.tables if table.total is None] == ["tickets"]
    assert "tables.total" in {gap.field for gap in found.unavailable}
