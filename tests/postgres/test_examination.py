"""An examination tells whether a database can be asked, what the role may see, and how each problem is mended."""

from paceline.postgres import examination, settings


def examine(dsn, **more):
    return examination.examine(settings.PostgresSettings(dsn, **more))


def test_the_role_of_the_guide_sees_everything_it_should(shop):
    found = examine(shop.dsn("paceline"))
    assert (found.reachable, found.where, found.role) == (True, "the local socket/odd shop", "paceline")
    assert found.version.startswith(shop.server.version)
    assert found.latency_ms > 0
    assert found.grants == ("pg_monitor", "pg_read_all_stats", "pg_read_all_settings", "pg_stat_scan_tables")
    assert [extension.name for extension in found.extensions] == ["plpgsql"]
    assert [problem.what for problem in found.problems] == ["the server's own count of statements is not there"]


def test_too_few_grants_and_too_many_are_problems_with_a_fix(shop):
    few, many = examine(shop.dsn("nobody_at_all")), examine(shop.dsn())
    assert few.grants == ()
    assert few.problems[0].fix == 'GRANT pg_monitor TO "nobody_at_all"'
    assert many.grants[0] == "superuser"
    assert "connect-the-database.md" in many.problems[0].fix
    assert many.owned_tables == 6


def test_what_cannot_be_reached_is_one_problem_with_its_fix():
    dead = examine("postgresql://u:hunter2@127.0.0.1:1/shop")
    assert (dead.reachable, dead.where, dead.version) == (False, "127.0.0.1:1/shop", None)
    (problem,) = dead.problems
    assert problem.what == "PostgreSQL at 127.0.0.1:1/shop does not answer"
    assert problem.fix.startswith("is it started")
    assert "hunter2" not in repr(dead)
    (unset,) = examine(None).problems
    assert (unset.what, unset.fix[:7]) == ("no database is named", "set dsn")
    assert examine("postgresql://u:hunter2%zz@h/d").where is None
