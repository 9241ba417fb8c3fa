"""Every statement runs on every server that is here, as superuser, as the role of the guide and with no grant at all."""

import pytest

from paceline.postgres import refusals, session, sql_files

PARAMETERS = {"schema": None, "limit": 1_000, "maintain": None, "tables": [], "least_bytes": 1, "index": 0}
ROLES = ["postgres", "paceline", "nobody_at_all"]


@pytest.mark.parametrize("role", ROLES)
def test_every_statement_runs(shop, role):
    def all_of_them(asked):
        return {name: asked.rows(name, PARAMETERS) for name in sql_files.names() if name != "index_density"}

    answers = session.ask(shop.target(role), all_of_them)
    assert answers["round_trip"] == [{"one": 1}]
    assert {row["name"] for row in answers["tables"]} == {
        'Odd "T', "events", "events_2025", "events_2026", "tickets", "doubles",
    }  # fmt: skip


@pytest.mark.parametrize(("schema", "role"), [("public", "paceline"), ('"Sc h"', "postgres")])
def test_density_is_read_through_the_extension_wherever_it_is(shop, schema, role):
    shop.server.run_sql(f"create extension pgstattuple schema {schema}", shop.name)
    try:
        oid = int(shop.server.run_sql("""select '"Sc h".twin_a'::regclass::oid""", shop.name))

        def density(asked):
            return asked.rows("index_density", {"index": oid}, schema=schema)

        (row,) = session.ask(shop.target(role), density)
        assert 0 < row["density_percent"] <= 100
        with pytest.raises(refusals.Refused, match="GRANT pg_monitor"):
            session.ask(shop.target("nobody_at_all"), density)
    finally:
        shop.server.run_sql("drop extension pgstattuple", shop.name)
