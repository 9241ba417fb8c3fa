"""Where the database is: any spelling of a connection string, made into one that libpq takes. No I/O.

A team has its string already, written for another driver: `postgresql+asyncpg://…?ssl=require`, `postgres://…`. It is
taken as it is. What it holds is a secret, so no message in here quotes any part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

FROM_DATABASE_URL = "DATABASE_URL"
FROM_LIBPQ = "PG* variables"

SCHEMES = ("postgresql", "postgres")

# https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS. A string for SQLAlchemy, asyncpg, Django or
# Prisma may carry parameters of theirs; libpq refuses a whole string for one that it does not know.
_LIBPQ = (
    *("host", "hostaddr", "port", "dbname", "user", "password", "passfile", "require_auth", "channel_binding"),
    *("client_encoding", "options", "service", "servicefile", "target_session_attrs", "load_balance_hosts"),
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "requirepeer"),
    *("gssencmode", "gsslib", "gssdelegation", "krbsrvname", "min_protocol_version", "max_protocol_version"),
    *("sslmode", "sslnegotiation", "sslcompression", "sslcert", "sslkey", "sslkeylogfile", "sslpassword"),
    *("sslcertmode", "sslrootcert", "sslcrl", "sslcrldir", "sslsni"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version"),
)
_ENVIRONMENT = {
    "PGHOST": "host",
    "PGHOSTADDR": "hostaddr",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "user",
    "PGSERVICE": "service",
}
_ENOUGH = frozenset(("PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"))
"""Any of these says that somebody means a database; a port or a user alone does not."""
_SSL = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
"""How asyncpg's `ssl` is spelled where it is not spelled like libpq's `sslmode`."""


def normalised(raw: object) -> str:
    """Return a connection string as libpq takes it: a URL `postgresql://…`, or `key=value` words.

    Raises:
        ValueError: it is neither; the message does not repeat it.
    """
    text = str(raw).strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        if "=" not in text or not text.isprintable():
            raise ValueError(_WANTED)
        return text
    dialect, _, _driver = scheme.lower().partition("+")
    if dialect not in SCHEMES or not text.isprintable():
        raise ValueError(_WANTED)
    before, _, query = rest.partition("?")
    parameters = _parameters(query)
    return f"postgresql://{before}" + (f"?{parameters}" if parameters else "")


def usual_places(environ: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """Yield (source, connection string) of where other programs look: DATABASE_URL, then libpq's own variables.

    A DATABASE_URL of another product is none. The password stays where libpq finds it: PGPASSWORD or a password file.
    """
    url = environ.get("DATABASE_URL", "").strip()
    if url.partition("://")[0].lower().partition("+")[0] in SCHEMES:
        yield FROM_DATABASE_URL, url
    if any(environ.get(name) for name in _ENOUGH):
        words = {word: environ[name] for name, word in _ENVIRONMENT.items() if environ.get(name)}
        yield FROM_LIBPQ, " ".join(f"{word}={_quoted(value)}" for word, value in words.items())


_WANTED = "it is no connection string of PostgreSQL; write it like postgresql://user@host:5432/database"


def _parameters(query: str) -> str:
    """Return the parameters of a URL that libpq knows, as they were written."""
    kept: list[str] = []
    for parameter in filter(None, query.split("&")):
        name, _, value = parameter.partition("=")
        if name == "ssl":
            name, value = "sslmode", _SSL.get(value.lower(), value)
        if name in _LIBPQ:
            kept.append(f"{name}={value}")
    return "&".join(kept)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
