"""Every check on a real database: what is wrong is found, what cannot be seen is skipped, and the rest is ok."""

import contextlib

import pytest

from paceline.postgres import session
from paceline.postgres.checks import running


def outcomes(shop, role="paceline"):
    return {outcome.name: outcome for outcome in session.ask(shop.target(role), running.run).outcomes}


@pytest.fixture(scope="module")
def seen(shop):
    return outcomes(shop)


def test_with_the_role_of_the_guide_nothing_is_skipped(seen):
    assert {name: outcome.status for name, outcome in seen.items()} == {
        "connection_limit": "ok",
        "idle_in_transaction": "ok",
        "invalid_indexes": "finding",
        "duplicate_indexes": "finding",
        "dead_rows": "finding",
        "wraparound": "ok",
        "sequences": "finding",
        "statement_statistics": "finding",
    }
    assert all(outcome.seen for outcome in seen.values())


def test_without_grants_a_check_is_skipped_and_never_ok(shop):
    found = outcomes(shop, "nobody_at_all")
    skipped = {name: outcome.how_to_enable for name, outcome in found.items() if outcome.status == "skipped"}
    assert skipped == {
        "connection_limit": 'GRANT pg_monitor TO "nobody_at_all"',
        "idle_in_transaction": 'GRANT pg_monitor TO "nobody_at_all"',
        "sequences": 'GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO "nobody_at_all"',
    }
    assert found["invalid_indexes"].status == "finding"


def test_what_a_failed_build_left_is_found_with_its_cure(seen):
    (found,) = seen["invalid_indexes"].findings
    assert (found.kind, found.subject, found.severity) == ("invalid_index", "public.doubles_n", "warning")
    assert found.remedy.advice == (
        "remove what is double in public.doubles, then REINDEX INDEX CONCURRENTLY public.doubles_n; "
        "or DROP INDEX CONCURRENTLY public.doubles_n"
    )


def test_of_two_equal_indexes_one_is_kept(seen):
    (found,) = seen["duplicate_indexes"].findings
    facts = {fact.name: fact.value for fact in found.evidence}
    assert {found.subject, facts["same_as"]} == {'"Sc h".twin_a', '"Sc h".twin_b'}


def test_dead_rows_are_judged_by_the_tables_own_trigger(seen):
    (found,) = seen["dead_rows"].findings
    assert found.subject == '"Sc h"."Odd ""T"'
    assert "36000 dead rows, and its own trigger is 8050" in found.title
    assert "autovacuum is switched off for it" in found.remedy.advice


def test_a_sequence_is_judged_by_the_column_it_fills(seen):
    (found,) = seen["sequences"].findings
    assert (found.subject, found.severity) == ("public.tickets_id_seq", "critical")
    assert "92% of what fits into public.tickets.id (smallint)" in found.title


def test_loaded_and_not_created_is_not_the_same_as_not_loaded(seen):
    (found,) = seen["statement_statistics"].findings
    assert "is loaded, but not created in this database" in found.title


def test_an_index_that_is_being_built_is_not_taken_for_a_broken_one(shop):
    """A build waits for the transaction that writes to its table; meanwhile its index is invalid, and all is well."""
    with contextlib.closing(shop.connect()) as writer, contextlib.closing(shop.connect()) as builder:
        writer.execute("begin")
        writer.execute("lock table tickets in row exclusive mode")
        builder.pgconn.send_query(b"create index concurrently being_built on tickets (note)")
        while not builder_waits(shop):
            pass
        subjects = [found.subject for found in outcomes(shop)["invalid_indexes"].findings]
        writer.execute("rollback")
        while builder.pgconn.get_result() is not None:
            pass
        builder.execute("drop index being_built")
    assert subjects == ["public.doubles_n"]


def builder_waits(shop):
    return shop.server.run_sql(
        "select 1 from pg_stat_progress_create_index where phase like 'waiting%' and index_relid <> 0", shop.name
    )
