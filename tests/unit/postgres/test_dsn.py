"""A connection string may be written for any driver, comes from where others look too, and is never repeated."""

import pytest

from paceline import errors, settings
from paceline.engine import configuration
from paceline.postgres import dsn
from paceline.postgres import settings as postgres_settings

SECRET = "postgresql://shop:hunter2@db.example.com/shop"

SPELLINGS = [
    ("postgresql://a@h/d", "postgresql://a@h/d"),
    ("postgres://a@h/d", "postgresql://a@h/d"),
    ("postgresql+asyncpg://a:p%40@h:6432/d?ssl=require", "postgresql://a:p%40@h:6432/d?sslmode=require"),
    ("postgresql+asyncpg://h/d?ssl=true&prepared_statement_cache_size=0", "postgresql://h/d?sslmode=require"),
    ("PostgreSQL+Psycopg://h1,h2/d?target_session_attrs=any", "postgresql://h1,h2/d?target_session_attrs=any"),
    ("postgres://h/d?schema=public&pgbouncer=true", "postgresql://h/d"),
    ("postgresql:///d?host=/run/postgresql", "postgresql:///d?host=/run/postgresql"),
    ("postgresql://h/d?options=endpoint%3Dx&connect_timeout=600", "postgresql://h/d?options=endpoint%3Dx"),
    ("  host=h dbname=d ", "host=h dbname=d"),
]


@pytest.mark.parametrize(("written", "taken"), SPELLINGS)
def test_any_spelling_becomes_one_that_libpq_takes(written, taken):
    assert dsn.normalised(written) == taken


@pytest.mark.parametrize("wrong", ["mysql://u:hunter2@h/d", "hunter2", "", "postgresql://h/d\x00hunter2", 7])
def test_what_is_none_is_refused_without_repeating_it(wrong):
    with pytest.raises(ValueError, match="no connection string of PostgreSQL") as refused:
        dsn.normalised(wrong)
    assert "hunter2" not in str(refused.value)


@pytest.fixture
def load(tmp_path):
    def loading(keywords=None, toml="", **environ):
        (tmp_path / "pyproject.toml").write_text(toml)
        return settings.load(postgres_settings.PostgresSettings, keywords, environ=environ, folder=tmp_path)

    return loading


def test_keyword_then_our_variable_then_that_of_others_then_libpqs_then_the_file(load):
    everywhere = {
        "PACELINE_DSN": "postgresql://ours/d",
        "DATABASE_URL": "postgresql+asyncpg://theirs/d",
        "PGHOST": "libpqs",
        "PGDATABASE": "it's",
    }
    toml = '[tool.paceline]\ndsn = "host=file"'
    seen = []
    for gone in (None, *everywhere):
        everywhere.pop(gone, None)
        loaded = load(None, toml, **everywhere)
        seen.append((loaded.values.dsn, loaded.sources["dsn"]))
    assert load({"dsn": "host=k"}, toml, PACELINE_DSN="host=e").values.dsn == "host=k"
    assert seen == [
        ("postgresql://ours/d", "environment"),
        ("postgresql://theirs/d", "DATABASE_URL"),
        ("host='libpqs' dbname='it\\'s'", "PG* variables"),
        ("dbname='it\\'s'", "PG* variables"),
        ("host=file", "pyproject.toml"),
    ]


def test_a_url_of_another_product_and_a_lone_port_mean_no_database(load):
    loaded = load(DATABASE_URL="sqlite:///shop.db", PGPORT="6432", PGUSER="shop")
    assert (loaded.values.dsn, loaded.sources["dsn"], loaded.problems) == (None, "default", ())


def test_a_password_shows_in_no_repr_and_no_problem(load):
    loaded = load(PACELINE_DSN=SECRET.replace("postgresql", "oracle"), DATABASE_URL=SECRET)
    assert loaded.values.dsn == SECRET
    assert len(loaded.problems) == 1
    assert "hunter2" not in repr(loaded)
    assert "hunter2" not in repr(configuration.configure({"dsn": SECRET}, environ={}))
    with pytest.raises(errors.SettingsError) as refused:
        load({"dsn": "mysql://u:hunter2@h"})
    assert "hunter2" not in str(refused.value)
