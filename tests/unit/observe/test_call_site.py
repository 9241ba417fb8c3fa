"""The line of the application that led to a statement, through threads, greenlets and libraries."""

import asyncio
import inspect
import sys
from pathlib import Path

import httpx
import pytest
import sqlalchemy
from fastapi import FastAPI
from sqlalchemy import event, orm
from sqlalchemy.ext import asyncio as sqlalchemy_asyncio

from paceline.observe import call_site

HERE = Path(__file__).relative_to(Path.cwd()).as_posix()


class Base(orm.DeclarativeBase):
    """Tables of the tests."""


class Shop(Base):
    """A shop that has items."""

    __tablename__ = "shop"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    items: orm.Mapped[list["Item"]] = orm.relationship()


class Item(Base):
    """An item of a shop, loaded when first looked at."""

    __tablename__ = "item"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    shop_id: orm.Mapped[int] = orm.mapped_column(sqlalchemy.ForeignKey("shop.id"))


def _noted(engine):
    """Note the call site of every statement; the listener's own frame is left out as a probe's would be."""
    sites = []

    def before(*_):
        sites.append(call_site.call_site(skip=1))

    event.listen(engine, "before_cursor_execute", before)
    return sites


@pytest.fixture
def sync_engine():
    """A synchronous database with one shop of two items."""
    engine = sqlalchemy.create_engine(
        "sqlite://", poolclass=sqlalchemy.StaticPool, connect_args={"check_same_thread": False}
    )
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session, session.begin():
        session.add(Shop(id=1, items=[Item(id=1), Item(id=2)]))
    yield engine
    engine.dispose()


def _run(story):
    """Run a story with an asynchronous database and return the call sites of its statements."""

    async def run():
        engine = sqlalchemy_asyncio.create_async_engine("sqlite+aiosqlite://")
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with sqlalchemy_asyncio.AsyncSession(engine) as session, session.begin():
            session.add(Shop(id=1, items=[Item(id=1)]))
        sites = _noted(engine.sync_engine)
        try:
            await story(engine)
        finally:
            await engine.dispose()
        return sites

    return asyncio.run(run())


def _here(line, function):
    return f"{HERE}:{line} {function}"


def _line():
    return inspect.currentframe().f_back.f_lineno


def test_a_plain_call_names_its_own_line():
    assert call_site.call_site(skip=0) == _here(_line(), "test_a_plain_call_names_its_own_line")


def test_skipping_leaves_out_the_callers_own_frame():
    def probe():
        return call_site.call_site()

    assert probe() == _here(_line(), "test_skipping_leaves_out_the_callers_own_frame")


def test_a_synchronous_statement_is_found_under_the_frames_of_sqlalchemy(sync_engine):
    sites = _noted(sync_engine)
    with orm.Session(sync_engine) as session:
        session.execute(sqlalchemy.select(Shop)).all()
        line = _line() - 1
    name = "test_a_synchronous_statement_is_found_under_the_frames_of_sqlalchemy"
    assert sites == [_here(line, name)]


def test_a_lazy_load_names_the_line_that_looked(sync_engine):
    sites = _noted(sync_engine)
    with orm.Session(sync_engine) as session:
        shop = session.get_one(Shop, 1)
        assert len(shop.items) == 2
        line = _line() - 1
    assert sites[1] == _here(line, "test_a_lazy_load_names_the_line_that_looked")


def test_a_comprehension_bears_the_name_of_its_function(sync_engine):
    sites = _noted(sync_engine)
    with orm.Session(sync_engine) as session:
        shops = session.scalars(sqlalchemy.select(Shop)).all()
        _ = [[len(each.items) for each in [shop]] for shop in shops]
        line = _line() - 1
    assert sites[1] == _here(line, "test_a_comprehension_bears_the_name_of_its_function")


def test_a_generator_is_named_and_not_who_consumes_it(sync_engine):
    sites = _noted(sync_engine)

    def rows(session):
        yield from session.execute(sqlalchemy.select(Item.id))

    with orm.Session(sync_engine) as session:
        assert len(list(rows(session))) == 2
    line = rows.__code__.co_firstlineno + 1
    assert sites == [_here(line, "test_a_generator_is_named_and_not_who_consumes_it.<locals>.rows")]


async def _load(session):
    return (await session.execute(sqlalchemy.select(Shop))).scalars().all()


def test_an_asynchronous_statement_names_the_coroutine_that_awaits():
    async def story(engine):
        async with sqlalchemy_asyncio.AsyncSession(engine) as session:
            await _load(session)

    assert _run(story) == [_here(_load.__code__.co_firstlineno + 1, "_load")]


def test_a_later_statement_of_the_same_coroutine_is_found_after_it_was_suspended():
    async def story(engine):
        async with sqlalchemy_asyncio.AsyncSession(engine) as session:
            await _load(session)
            await asyncio.sleep(0)
            await _load(session)

    assert _run(story) == [_here(_load.__code__.co_firstlineno + 1, "_load")] * 2


def test_a_lazy_load_under_run_sync_names_the_function_that_was_run():
    def look(session):
        return len(session.get_one(Shop, 1).items)

    async def story(engine):
        async with sqlalchemy_asyncio.AsyncSession(engine) as session:
            assert await session.run_sync(look) == 1

    name = "test_a_lazy_load_under_run_sync_names_the_function_that_was_run.<locals>.look"
    assert _run(story) == [_here(look.__code__.co_firstlineno + 1, name)] * 2


def test_a_library_function_under_run_sync_names_who_awaits_it():
    async def create(engine):
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)

    sites = _run(create)
    assert {site.split(" ")[1].rpartition(".")[2] for site in sites} == {"create"}


def test_handlers_of_a_web_application_are_named_on_the_loop_and_in_the_thread_pool(sync_engine):
    app, sync_sites = FastAPI(), _noted(sync_engine)

    async def story(engine):
        @app.get("/async")
        async def on_loop():
            async with sqlalchemy_asyncio.AsyncSession(engine) as session:
                return len((await session.execute(sqlalchemy.select(Shop))).all())

        @app.get("/sync")
        def in_thread():
            with orm.Session(sync_engine) as session:
                return len(session.execute(sqlalchemy.select(Item)).all())

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            assert (await client.get("/async")).json() == 1
            assert (await client.get("/sync")).json() == 2

    (on_loop,) = _run(story)
    assert on_loop.endswith(".on_loop")
    assert [site.rpartition(".")[2] for site in sync_sites] == ["in_thread"]


def test_a_task_of_library_code_alone_has_no_call_site():
    async def story(engine):
        async with sqlalchemy_asyncio.AsyncSession(engine) as session:
            await asyncio.gather(session.execute(sqlalchemy.select(Shop)))

    assert _run(story) == [None]


def test_who_started_the_event_loop_asked_for_nothing():
    def outside():
        loop = asyncio.new_event_loop()
        found = []
        # The lambda is compiled as library code, so the only application frame is the one that runs the loop.
        code = compile("lambda: found.append(call_site(skip=0))", "<generated>", "eval")
        loop.call_soon(eval(code, {"found": found, "call_site": call_site.call_site}))
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
        return found

    assert outside() == [None]


def test_more_frames_than_the_limit_are_not_looked_at():
    assert call_site.call_site(skip=0, limit=0) is None
    assert call_site.call_site(skip=10_000) is None


def _defined_in(file, source="def where(call_site): return call_site(skip=0)"):
    """Return a function `where` as if its module were that file."""
    namespace = {}
    exec(compile(source, str(file), "exec"), namespace)
    return namespace["where"]


def test_an_installed_package_counts_once_it_is_claimed(tmp_path, monkeypatch):
    monkeypatch.setattr(call_site, "_claimed", [])
    package = tmp_path / "site-packages" / "shop"
    where = _defined_in(package / "routes.py")
    assert "routes.py" not in where(call_site.call_site)
    call_site.claim(package)
    assert where(call_site.call_site) == ".../site-packages/shop/routes.py:1 where"


def test_start_scripts_and_paceline_itself_are_passed_over():
    for folder in (Path(sys.executable).parent, Path(call_site.__file__).parent):
        where = _defined_in(folder / "started")
        assert "started" not in where(call_site.call_site)


def test_a_file_below_the_import_path_is_told_relative_to_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    where = _defined_in(tmp_path / "shop" / "views.py")
    assert where(call_site.call_site) == "shop/views.py:1 where"


def test_no_path_of_the_machine_is_told_where_nothing_is_relative():
    where = _defined_in(Path("/home/somebody/deep/project/shop/views.py"))
    assert where(call_site.call_site) == ".../project/shop/views.py:1 where"


def test_a_working_folder_that_was_deleted_breaks_nothing(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert _defined_in(tmp_path / "shop.py")(call_site.call_site).endswith("/shop.py:1 where")


def test_a_template_tells_its_own_line(tmp_path):
    class Template:
        def get_corresponding_lineno(self, line):
            return line + 41

    where = _defined_in(tmp_path / "templates" / "shop.html")
    where.__globals__["__jinja_template__"] = Template()
    assert where(call_site.call_site).endswith("templates/shop.html:42 template")


def test_a_broken_template_is_no_call_site_and_no_error(tmp_path):
    where = _defined_in(tmp_path / "broken.html")
    where.__globals__["__jinja_template__"] = object()
    assert where(call_site.call_site) is None


def test_the_memory_of_files_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(call_site, "_LARGEST_CACHE", 8)
    for number in range(50):
        _defined_in(tmp_path / f"generated{number}.py")(call_site.call_site)
    assert len(call_site._verdicts) <= 8
