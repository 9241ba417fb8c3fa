"""What the doctor says of a database that answers."""

from __future__ import annotations

from tests.unit.engine.doctor.fix_circumstances import circumstances_of, facts, said

from paceline.engine.doctor import database


def test_a_database_is_told_with_its_version_role_and_what_is_missing(tmp_path, database_dsn):
    found = circumstances_of(tmp_path, {"DATABASE_URL": database_dsn})
    told = said(database, found)
    assert "PostgreSQL 18" in told[1][1]
    assert "(DATABASE_URL)" in told[1][1]
    assert ("warning", "the server's own count of statements is not there") in [line[:2] for line in told]
    known = facts(database, found)
    assert (known["reachable"], known["role"], known["in_recovery"]) == (True, "postgres", False)
    assert "plpgsql" in known["extensions"]
