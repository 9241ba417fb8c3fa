"""A session reads and leaves: bounded in time whatever the server does, and silent about secrets whatever goes wrong."""

import os
import signal
import socket
import sys
import threading
import time

import pytest

from paceline import errors
from paceline.postgres import refusals, session, settings
from paceline.postgres.embedded_postgres import EmbeddedPostgres

psycopg = pytest.importorskip("psycopg")


def asking(text):
    """A question of one statement of the test's own."""
    return lambda asked: asked._executed(text, None)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "paceline-database"]


@pytest.fixture
def target(database_dsn):
    return session.Target(database_dsn, 5.0)


@pytest.fixture(scope="module")
def guarded():
    """A server that wants a password."""
    with EmbeddedPostgres(tcp=True, settings={"max_connections": "5", "superuser_reserved_connections": "1"}) as server:
        server.run_sql("create role guest login password 'hunter2'")
        yield server


def test_a_session_reads_only_and_its_settings_are_its_transactions(target):
    names = ("transaction_read_only", "search_path", "application_name", "statement_timeout", "lock_timeout")
    shown = session.ask(target, asking("select " + ", ".join(f"current_setting('{n}') as {n}" for n in names)))
    assert list(shown[0].values()) == ["on", "pg_catalog", "paceline", "2s", "500ms"]
    with pytest.raises(refusals.Refused) as refused:
        session.ask(target, asking("create table public.x ()"))
    assert refused.value.sqlstate == "25006"


def test_nothing_stays_in_the_servers_session(target):
    """What PgBouncer would hand to the next client: the connection after the question has its own settings again."""

    def then_looked_at(asked):
        asked.rows("round_trip")
        asked._connection.rollback()
        return asked._connection.execute("show search_path").fetchone(), asked._connection.prepare_threshold

    assert session.ask(target, then_looked_at) == ({"search_path": '"$user", public'}, None)


def test_a_refused_statement_leaves_the_session_usable(target):
    def question(asked):
        with pytest.raises(refusals.Refused) as refused:
            asked._executed("select secret from public.nowhere", None)
        return refused.value.sqlstate, asked.rows("round_trip")

    assert session.ask(target, question) == ("42P01", [{"one": 1}])


def test_a_literal_of_a_refused_statement_is_not_repeated(target):
    with pytest.raises(refusals.Refused) as refused:
        session.ask(target, asking("select 'hunter2'::int"))
    assert str(refused.value) == "PostgreSQL refused it (SQLSTATE 22P02)"
    assert refused.value.__cause__ is None


def test_a_slow_statement_is_cut_and_none_is_begun_when_the_time_is_used_up(database_dsn):
    def question(asked):
        with pytest.raises(refusals.Refused) as cut:
            asked._executed("select pg_sleep(30)", None)
        asked._deadline = time.monotonic()
        with pytest.raises(refusals.Refused) as unasked:
            asked.rows("round_trip")
        return str(cut.value), str(unasked.value)

    assert session.ask(session.Target(database_dsn, 2.0), question) == (
        "it took longer than its time limit; raise database_timeout_seconds if it has to",
        "the 2 s of the whole question were used up before it",
    )


def test_a_server_that_accepts_and_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = session.Target(f"postgresql://a:hunter2@127.0.0.1:{silent.getsockname()[1]}/shop", 1.0)
        with pytest.raises(errors.DatabaseError, match="did not answer within 1 s") as given_up:
            session.ask(target, asking("select 1"))
    assert "hunter2" not in str(given_up.value)
    for thread in threads():
        thread.join(10)
    assert not threads(), "what was given up ends by itself"


def test_a_server_that_stops_in_the_middle_is_given_up_and_its_thread_ends(database_dsn):
    stopped = []

    def question(asked):
        stopped.append(asked._executed("select pg_backend_pid() as pid", None)[0]["pid"])
        os.kill(stopped[0], signal.SIGSTOP)
        return asked.rows("round_trip")

    try:
        with pytest.raises(errors.DatabaseError, match="did not answer within 2 s"):
            session.ask(session.Target(database_dsn, 2.0), question)
        for thread in threads():
            thread.join(10)
        assert not threads()
    finally:
        os.kill(stopped[0], signal.SIGCONT)


def test_a_connection_that_is_ended_in_the_middle_is_told(target, postgres_server):
    def question(asked):
        pid = asked._executed("select pg_backend_pid() as pid", None)[0]["pid"]
        postgres_server.run_sql(f"select pg_terminate_backend({pid}, 5000)")
        return asked.rows("round_trip")

    with pytest.raises(errors.DatabaseError, match="broke off"):
        session.ask(target, question)


def test_each_way_of_not_getting_in_has_its_own_line(guarded):
    dsn = guarded.dsn().partition("@")[2]
    lines = {
        f"postgresql://guest:wrong-hunter2@{dsn}": "refuses the user or the password",
        f"postgresql://guest@{dsn}": "wants a password",
        f"postgresql://guest:hunter2@{dsn}x": "knows no such database",
        f"postgresql://guest:hunter2@{dsn}?sslmode=require": "does not agree on encryption",
        "host=127.0.0.1 port=1 password=hunter2": "does not answer: is it started",
        "host=/nowhere/hunter2": "socket's folder",
        "host=no-such-host.invalid": "cannot be found",
        "postgresql://a:hunter2%zz@h/d": "dsn cannot be read",
    }
    for written, line in lines.items():
        with pytest.raises(errors.DatabaseError, match=line) as refused:
            session.ask(session.Target(written, 5.0), asking("select 1"))
        assert "hunter2" not in str(refused.value)
        assert "\n" not in str(refused.value)
        assert refused.value.__cause__ is None
        assert "hunter2" not in repr(list(locals_of(refused.tb)))


def locals_of(traceback):
    """What a reporter of errors that shows local variables would show of our own frames."""
    while traceback is not None:
        if "paceline" in traceback.tb_frame.f_code.co_filename and "tests" not in traceback.tb_frame.f_code.co_filename:
            yield from traceback.tb_frame.f_locals.values()
        traceback = traceback.tb_next


def test_a_full_server_says_so(guarded):
    held = [psycopg.connect(guarded.dsn()) for _ in range(5)]
    try:
        with pytest.raises(errors.DatabaseError, match="no connection left"):
            session.ask(session.Target(guarded.dsn(), 5.0), asking("select 1"))
    finally:
        for connection in held:
            connection.close()


def test_names_that_are_not_utf8_are_refused_and_others_read(postgres_server):
    postgres_server.run_sql("create database bytes encoding 'SQL_ASCII' locale 'C' template template0")
    try:
        target = session.Target(postgres_server.dsn("bytes"), 5.0)
        assert session.ask(target, asking("select 'é' as word")) == [{"word": "é"}]
        with pytest.raises(refusals.Refused, match="not written in UTF-8"):
            session.ask(target, asking("select convert_from('\\xe9'::bytea, 'SQL_ASCII') as word"))
    finally:
        postgres_server.run_sql("drop database bytes with (force)")


def test_a_database_is_called_by_server_and_name_only():
    assert session.where("postgresql://u:hunter2@db:6432/shop") == "db:6432/shop"
    assert session.where("host=/run/postgresql dbname=shop") == "the local socket/shop"
    assert "hunter2" not in repr(session.Target("postgresql://u:hunter2@db/shop", 1.0))


def test_no_dsn_and_no_driver_say_what_to_do(monkeypatch):
    with pytest.raises(errors.DatabaseError, match="set dsn"):
        session.target_of(settings.PostgresSettings())
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(errors.MissingExtra, match=r"pip install 'paceline\[postgres\]'"):
        session.ask(session.target_of(settings.PostgresSettings("host=h")), asking("select 1"))
