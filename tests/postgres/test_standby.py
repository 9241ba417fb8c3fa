"""On a standby everything can be read, and nothing is planned that only the primary could do."""

import tempfile
from pathlib import Path

import pytest

from paceline.postgres import inventory, session
from paceline.postgres.checks import running
from paceline.postgres.embedded_postgres import EmbeddedPostgres
from paceline.postgres.maintenance import plan as plans


@pytest.fixture
def standby(postgres_server):
    """A server that waits for a primary's log for ever, over data that once were a primary's."""
    # Not pytest's own folder, which another account cannot reach when root runs it.
    with tempfile.TemporaryDirectory(prefix="paceline-test-", dir="/var/tmp") as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "server"
        with EmbeddedPostgres(folder) as primary:
            primary.run_sql("create table orders (id int primary key)")
            primary.run_sql("insert into orders select generate_series(1, 1000)")
        (folder / "data" / "standby.signal").touch()
        with EmbeddedPostgres(folder) as server:
            yield server


def test_a_standby_is_read_and_nothing_is_planned_for_it(standby):
    target = session.Target(standby.dsn(), 10.0)
    found = session.ask(target, lambda asked: inventory.read(asked, schema=None, limit=10))
    outcomes = session.ask(target, running.run).outcomes
    forced = session.ask(target, lambda asked: plans.plan(asked, plans.Wanted(force=True)))
    assert found.capabilities.in_recovery
    assert found.missing == {}
    assert {outcome.name for outcome in outcomes if outcome.status == "skipped"} == set()
    assert {step.operation for step in forced.steps} == {"analyze", "vacuum", "reindex"}
    assert {step.reason for step in forced.steps} == {"this server is a standby: upkeep runs on the primary"}
