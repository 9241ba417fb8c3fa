"""What PostgreSQL refuses, in one line of ours: no password, no literal, no statement, and the next step.

PostgreSQL's own messages quote what they stumble over, so they are read to tell one case from another and never shown.
"""

from __future__ import annotations

from paceline import errors


class Refused(errors.DatabaseError):
    """One statement was refused; the session goes on. `sqlstate` is PostgreSQL's code, None for a lack of time."""

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        self.sqlstate = sqlstate
        super().__init__(message)


NO_DSN = (
    "no database is named: set dsn (PACELINE_DSN, DATABASE_URL, or Paceline(dsn=...)); "
    "see docs/how-to/connect-the-database.md"
)

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE = {
    "42501": "the role lacks a grant; GRANT pg_monitor TO it, see docs/how-to/connect-the-database.md",
    "57014": "it took longer than its time limit; raise database_timeout_seconds if it has to",
    "55P03": "another session holds a lock on what was asked about; ask again",
    "42P01": "this server has no such view; its version is too old for this question",
    "42703": "this server's view lacks a column; its version is too old for this question",
    "42883": "this server has no such function; its version or extension is too old for this question",
    "22021": "a name in this database is not written in UTF-8",
    "57P01": "the server is shutting down; ask again",
}


def refused(sqlstate: str | None) -> Refused:
    """Return the error for one statement, by its code."""
    told = _BY_SQLSTATE.get(sqlstate or "", f"PostgreSQL refused it (SQLSTATE {sqlstate or 'unknown'})")
    return Refused(told, sqlstate)


# A connection that fails has no code, only words: English unless the server's lc_messages says otherwise, and then the
# last line answers.
_BY_WORDS = (
    ("password authentication failed", "refuses the user or the password: correct them in dsn"),
    ("no password supplied", "wants a password: add it to dsn, PGPASSWORD or a password file"),
    ("no pg_hba.conf entry", "does not let this role in from here: add a line to its pg_hba.conf"),
    ("authentication failed", "refuses the role: see authentication in its pg_hba.conf"),
    ("too many clients", "has no connection left: raise max_connections, or close some"),
    ("connection slots", "has no connection left for this role: raise max_connections, or close some"),
    ("no more connections allowed", "is behind a pooler that takes no more clients: raise its max_client_conn"),
    ("unsupported startup parameter", "is behind a pooler that refuses a parameter: take `options` out of dsn"),
    ("too many connections for role", "lets this role in no more: raise its CONNECTION LIMIT"),
    ("permission denied for database", "lacks a grant for the role: GRANT CONNECT ON DATABASE … TO it"),
    ("is not permitted to log in", "does not let the role log in: ALTER ROLE … LOGIN"),
    ("starting up", "is starting: ask again in a moment"),
    ("shutting down", "is shutting down: ask again when it is back"),
    ("connection refused", "does not answer: is it started, and are host and port of dsn right?"),
    ("no such file", "does not answer: is it started, and is the socket's folder in dsn right?"),
    ("timeout expired", "does not answer in time: is it reachable from here (network, firewall)?"),
    ("could not translate host name", "cannot be found: the name of the host in dsn is not known here"),
    ("failed to resolve host", "cannot be found: the name of the host in dsn is not known here"),
    ("ssl", "does not agree on encryption: set sslmode in dsn, and its certificates if it wants some"),
    ("closed the connection", "broke off while connecting: is that port PostgreSQL's?"),
)


def unreachable(where: str, said: str) -> errors.DatabaseError:
    """Return the error for a connection that cannot be made.

    Args:
        where: the server and database by name, without password.
        said: what libpq said; only looked at.
    """
    words = said.lower()
    if "does not exist" in words or "no such database" in words or "no such user" in words:
        missing = "role" if "role " in words or "user" in words.partition("no such")[2] else "database"
        return errors.DatabaseError(f"PostgreSQL at {where} knows no such {missing}: correct dsn, or create it")
    for sign, told in _BY_WORDS:
        if sign in words:
            return errors.DatabaseError(f"PostgreSQL at {where} {told}")
    return errors.DatabaseError(f"PostgreSQL at {where} refuses the connection: its log says why")


def too_slow(where: str, seconds: float) -> errors.DatabaseError:
    """Return the error for a server that did not answer within the time of a whole question."""
    return errors.DatabaseError(
        f"PostgreSQL at {where} did not answer within {seconds:g} s: is it stuck or far away? "
        "database_timeout_seconds is how long it may take"
    )


def broke_off(where: str) -> errors.DatabaseError:
    """Return the error for a connection that broke while it was used."""
    return errors.DatabaseError(f"PostgreSQL at {where} broke off the connection: ask again; its log says why")
