"""Connections are judged by what ordinary roles may open, open transactions by how long nothing happens in them."""

import pytest

from paceline.postgres.checks import connections

LIMITS = {"max_connections": 105, "superuser_reserved_connections": 3, "reserved_connections": 2}


def used(total, limits=LIMITS):
    rows = {"connections": [{"total": total}], "connection_limits": [limits]}
    return connections.limit(rows, None)


@pytest.mark.parametrize(("total", "severities"), [(79, []), (80, ["warning"]), (94, ["warning"]), (95, ["critical"])])
def test_a_warning_at_80_percent_and_critical_at_95(total, severities):
    judged = used(total)
    assert [found.severity for found in judged.findings] == severities
    assert judged.seen.startswith(f"{total} of 100 connections are taken")


def test_an_older_server_keeps_none_back_for_others():
    assert not used(80, {**LIMITS, "reserved_connections": None}).findings


def held(*rows):
    keyed = [{"pid": pid, "role": role, "database": "shop", "idle_seconds": seconds} for pid, role, seconds in rows]
    return connections.idle_in_transaction({"idle_transactions": keyed}, None).findings


def test_a_finding_is_the_same_for_the_next_session_of_the_same_client():
    assert held((1, "app", 59.0)) == ()
    (short,), (long,) = held((1, "app", 60.0)), held((2, "app", 900.0))
    assert (short.severity, long.severity) == ("warning", "critical")
    assert short.id == long.id


def test_sessions_of_one_role_are_one_finding_about_the_longest():
    app, job = held((1, "app", 70.0), (2, "app", 1_200.0), (3, "job", 61.0), (4, "app", 1.0))
    facts = {fact.name: fact.value for fact in app.evidence}
    assert (app.subject, job.subject) == ("app in shop", "job in shop")
    assert facts == {"sessions": 2, "process_id": 2, "idle_seconds": 1_200}
