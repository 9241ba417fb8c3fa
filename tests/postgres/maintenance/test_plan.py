"""A plan has the exact statement for what the numbers call for, says why, and leaves the rest alone."""

import contextlib

import pytest

from paceline import errors
from paceline.postgres import session
from paceline.postgres.maintenance import plan as plans

ODD = '"Sc h"."Odd ""T"'


def plan(shop, role="postgres", **wanted):
    return session.ask(shop.target(role), lambda asked: plans.plan(asked, plans.Wanted(**wanted)))


def told(plan_):
    return {step.statement: (step.state, step.need.measure) for step in plan_.steps}


@pytest.fixture
def pgstattuple(shop):
    shop.server.run_sql("create extension pgstattuple", shop.name)
    yield
    shop.server.run_sql("drop extension pgstattuple", shop.name)


def test_only_what_is_needed_is_planned_and_the_rest_is_counted(shop):
    made = plan(shop)
    assert told(made) == {
        f"ANALYZE {ODD}": ("planned", "changed_rows"),
        "ANALYZE public.events": ("planned", "partitions_analyzed"),
        "ANALYZE public.events_2025": ("skipped", "changed_rows"),
        "ANALYZE public.events_2026": ("skipped", "changed_rows"),
        f"VACUUM {ODD}": ("planned", "dead_rows"),
        "REINDEX INDEX CONCURRENTLY public.doubles_n": ("planned", "invalid"),
    }
    assert made.not_needed == {"analyze": 2, "vacuum": 4}
    assert {step.reason for step in made.steps} == {None, "ANALYZE public.events does it too"}
    assert {step.statement: step.need.why for step in made.steps}[f"VACUUM {ODD}"] == (
        "36000 rows dead, more than its trigger of 8050 (50 + 0.2 x 40000 rows)"
    )


def test_the_statements_of_a_plan_run_as_they_stand(shop):
    """On tables of their own, as the other tests look at those of the odd database."""
    with contextlib.closing(shop.connect()) as connection:
        connection.execute('create table "Ru n" (n int primary key) with (autovacuum_enabled = off)')
        connection.execute('insert into "Ru n" select generate_series(1, 100000)')
        connection.execute('delete from "Ru n" where n > 10')
        before = plan(shop, tables=['"Ru n"'], force=True)
        for step in before.steps:
            connection.execute(step.statement)
        after = plan(shop, tables=['public."Ru n"'])
        connection.execute('drop table "Ru n"')
    assert [step.statement for step in before.steps] == [
        'ANALYZE public."Ru n"',
        'VACUUM public."Ru n"',
        'REINDEX INDEX CONCURRENTLY public."Ru n_pkey"',
    ]
    assert {step.state for step in before.steps} == {"planned"}
    assert {step.reason[:10] for step in after.steps} == {"not needed"}


def test_bloat_is_measured_with_the_extension_and_estimated_without(shop, pgstattuple):
    with contextlib.closing(shop.connect()) as connection:
        connection.execute("create table loose (n int primary key) with (autovacuum_enabled = off)")
        connection.execute("insert into loose select generate_series(1, 200000)")
        connection.execute("delete from loose where n % 10 <> 0")
        connection.execute("vacuum analyze loose")
        wanted = {"operations": ["reindex"], "tables": ["loose"]}
        measured, hidden = plan(shop, **wanted).steps[0], plan(shop, "nobody_at_all", **wanted).steps[0]
        connection.execute("drop extension pgstattuple")
        estimated = plan(shop, **wanted).steps[0]
        connection.execute("create extension pgstattuple; drop table loose")
    assert (measured.need.measure, measured.state) == ("bloat_measured", "planned")
    assert (estimated.need.measure, estimated.state) == ("bloat_estimated", "planned")
    assert 0.8 < measured.need.value < 1
    assert 0.8 < estimated.need.value < 1
    assert (hidden.need.measure, hidden.state) == ("none", "skipped")
    assert "pgstattuple, or GRANT SELECT" in hidden.reason


def test_tables_are_named_alone_with_schema_or_quoted(shop):
    for name in ('Odd "T', '"Odd ""T"', 'Sc h.Odd "T', ODD):
        assert {step.table for step in plan(shop, tables=[name]).steps} == {ODD}
    parts = plan(shop, tables=["events"], operations=["vacuum"], force=True)
    assert [step.table for step in parts.steps] == ["public.events_2025", "public.events_2026"]


def test_a_table_that_is_not_there_or_in_two_schemas_is_refused_by_name(shop):
    with pytest.raises(errors.UsageError, match="table 'nowhere' is not there"):
        plan(shop, tables=["nowhere"])
    with contextlib.closing(shop.connect()) as connection:
        connection.execute('create table "Sc h".tickets ()')
        with pytest.raises(errors.UsageError, match=r'name one of "Sc h".tickets, public.tickets'):
            plan(shop, tables=["tickets"])
        connection.execute('drop table "Sc h".tickets')
    with pytest.raises(errors.UsageError, match="operation 'cluster' is not known"):
        plan(shop, operations=["cluster"])


def test_force_plans_what_is_not_needed_and_keeps_the_guards(shop):
    forced = plan(shop, tables=["doubles"], operations=["vacuum"], force=True)
    assert told(forced) == {"VACUUM public.doubles": ("planned", "dead_rows")}
    denied = plan(shop, "paceline", tables=["doubles"], force=True)
    assert {step.state for step in denied.steps} == {"skipped"}
    assert all("role paceline may not" in step.reason for step in denied.steps)


def test_the_privilege_maintain_is_enough_where_the_server_has_it(shop):
    if not shop.server.run_sql("select 1 from pg_roles where rolname = 'pg_maintain'"):
        assert "GRANT" not in plan(shop, "paceline", tables=["doubles"], force=True).steps[0].reason
        return
    reason = plan(shop, "paceline", tables=["doubles"], force=True).steps[0].reason
    assert 'GRANT MAINTAIN ON public.doubles TO "paceline"' in reason
    shop.server.run_sql("grant maintain on doubles to paceline", shop.name)
    granted = plan(shop, "paceline", tables=["doubles"], force=True)
    shop.server.run_sql("revoke maintain on doubles from paceline", shop.name)
    assert {step.state for step in granted.steps} == {"planned"}


def test_an_exclusion_constraint_and_a_left_over_are_skipped_with_the_way_out(shop):
    with contextlib.closing(shop.connect()) as connection:
        connection.execute("create table rooms (during int4range, exclude using gist (during with &&))")
        connection.execute("alter index doubles_n rename to doubles_n_ccnew")
        made = {
            step.index: step.reason for step in plan(shop, operations=["reindex"], tables=["rooms"], force=True).steps
        }
        left = {step.index: step.reason for step in plan(shop, operations=["reindex"]).steps}
        connection.execute("alter index doubles_n_ccnew rename to doubles_n")
        connection.execute("drop table rooms")
    assert "exclusion constraint" in made["public.rooms_during_excl"]
    assert left["public.doubles_n_ccnew"].endswith("DROP INDEX CONCURRENTLY public.doubles_n_ccnew")


def test_a_partitioned_table_is_analysed_again_when_its_partitions_changed(shop):
    with contextlib.closing(shop.connect()) as connection:
        connection.execute("create table logs (n int) partition by list (n)")
        connection.execute("create table logs_1 partition of logs for values in (1) with (autovacuum_enabled = off)")
        connection.execute("insert into logs select 1 from generate_series(1, 100); analyze logs")
        fresh = plan(shop, operations=["analyze"], tables=["logs"]).steps
        shop.server.run_sql("update logs set n = 1", shop.name)  # a session that ends reports its counters at once
        stale = plan(shop, operations=["analyze"], tables=["logs"]).steps
        connection.execute("drop table logs")
    assert [step.state for step in fresh] == ["skipped", "skipped"]
    assert (
        "100 rows of its partitions changed since their last ANALYZE, more than its trigger of 60"
        in {step.table: step.need.why for step in stale}["public.logs"]
    )


def test_a_table_that_is_being_vacuumed_is_left_to_it(shop):
    with contextlib.closing(shop.connect()) as slow:
        pid = slow.info.backend_pid
        slow.execute("set vacuum_cost_delay = 100; set vacuum_cost_limit = 1")
        slow.pgconn.send_query(f"vacuum {ODD}".encode())
        while not shop.server.run_sql("select 1 from pg_stat_progress_vacuum", shop.name):
            pass
        (step,) = plan(shop, operations=["vacuum"], tables=[ODD]).steps
        slow.cancel_safe()
        while slow.pgconn.get_result() is not None:
            pass
    assert (step.state, step.reason) == ("skipped", f"process {pid} is at it already")


def test_what_holds_back_vacuum_is_told_with_the_plan(shop, monkeypatch):
    monkeypatch.setattr(plans, "_OLD_SNAPSHOT_S", 0.0)
    with contextlib.closing(shop.connect()) as holder:
        holder.execute("begin isolation level repeatable read")
        holder.execute("select 1")
        made, blind = plan(shop), plan(shop, "nobody_at_all", tables=["doubles"], force=True)
        pid = holder.info.backend_pid
    assert any(f"session {pid} has held a snapshot for" in caveat for caveat in made.caveats)
    assert blind.caveats == ()
