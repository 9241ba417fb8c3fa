"""What the server says is told in our words: the case, the next step, and nothing that was quoted."""

import pytest

from paceline.postgres import refusals

SAID = [
    ('FATAL: role "bob" does not exist', "knows no such role"),
    ('FATAL: database "shop" does not exist', "knows no such database"),
    ("FATAL: no such database: shop", "knows no such database"),
    ("FATAL: no such user: bob", "knows no such role"),
    ('FATAL: no pg_hba.conf entry for host "10.0.0.9", user "bob"', "add a line to its pg_hba.conf"),
    ('FATAL: too many connections for role "bob"', "raise its CONNECTION LIMIT"),
    ("FATAL: remaining connection slots are reserved for roles with", "has no connection left"),
    ("FATAL: no more connections allowed (max_client_conn)", "pooler that takes no more clients"),
    ("FATAL: unsupported startup parameter: options", "take `options` out of dsn"),
    ('FATAL: permission denied for database "shop"', "GRANT CONNECT"),
    ("FATAL: the database system is starting up", "ask again in a moment"),
    ("connection timeout expired", "does not answer in time"),
    ("server closed the connection unexpectedly", "is that port PostgreSQL's?"),
    ("schwerwiegend: hunter2", "its log says why"),
]


@pytest.mark.parametrize(("said", "told"), SAID)
def test_a_connection_that_cannot_be_made_is_told_in_one_line(said, told):
    message = str(refusals.unreachable("db:5432/shop", said))
    assert message.startswith("PostgreSQL at db:5432/shop ")
    assert told in message
    assert "bob" not in message
    assert "hunter2" not in message


def test_a_refused_statement_is_told_by_its_code():
    assert "GRANT pg_monitor" in str(refusals.refused("42501"))
    assert str(refusals.refused("XX000")) == "PostgreSQL refused it (SQLSTATE XX000)"
    assert refusals.refused(None).sqlstate is None
