"""Which applications are watched: those that somebody from outside calls, each once."""

import asyncio
import contextlib
import logging

import httpx
import pytest
from fastapi import FastAPI
from starlette import applications as starlette_applications
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from tests.fix_observed import serving

import paceline
from paceline.integrations import precedence
from paceline.integrations.zero_code import applications, watching
from paceline.telemetry.store import interface, opening

METHOD = applications.METHOD


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """This process as one that `paceline run` started; yields what the store counted, by route."""
    for name, value in {"STORE": "sqlite:///a.db", "VIEWER_TOKEN": "v" * 24, "OPERATOR_TOKEN": "o" * 24}.items():
        monkeypatch.setenv(f"PACELINE_{name}", value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(precedence, "_asked", False)
    ours = watching.Watching()
    monkeypatch.setattr(watching, "begin", ours.begin)
    kinds = [kind for kind in (Starlette, FastAPI) if METHOD in vars(kind)]  # FastAPI: since 0.118
    before = {kind: vars(kind)[METHOD] for kind in kinds}
    applications.watch(Starlette)

    def counted(name="a.db"):
        if ours._pace is not None:
            ours._pace.stop()
        store = opening.open_store(f"sqlite:///{tmp_path}/{name}", service="a")
        found = store.read(interface.Range(0, 2**50)).of_kind("request")
        store.close()
        return {key[2]: tally.count for key, tally in found.items()}

    counted.applications = lambda: len(ours._pace._uninstall)
    yield counted
    counted()
    precedence._withdrawals.clear()
    for kind in kinds:
        setattr(kind, METHOD, before[kind])
    del Starlette.__init_subclass__


async def hello(_request):
    return PlainTextResponse("hello")


def site(*routes, **more):
    return Starlette(routes=[Route("/hello", hello), *routes], **more)


def ask(app, *paths, **headers):
    """Send requests one after the other, as one server does; return their status codes."""

    async def all_of_them():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return [(await client.get(path, headers=headers)).status_code for path in paths]

    return asyncio.run(all_of_them())


def test_the_outermost_application_gets_the_gate_and_one_below_it_none(watched):
    below = site()
    app = site(Mount("/below", below))
    assert ask(app, "/below/hello", "/hello") == [200, 200]
    assert METHOD in vars(app)
    assert METHOD not in vars(below)
    assert watched() == {"/below/hello": 1, "/hello": 1}


def test_two_applications_beside_each_other_are_both_watched(watched):
    one, other = site(), site(Route("/other", hello))
    ask(one, "/hello")
    ask(other, "/hello", "/other")
    assert watched() == {"/hello": 2, "/other": 1}


def test_a_class_of_users_that_builds_its_own_stack_is_watched_once(watched):
    class Own(FastAPI):
        def build_middleware_stack(self):
            return Layer(super().build_middleware_stack())

    class Layer:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await self.app(scope, receive, send)

    app = Own(routes=[Route("/hello", hello)])
    assert ask(app, "/hello", "/hello") == [200, 200]
    assert watched() == {"/hello": 2}


def test_what_an_application_calls_while_it_starts_is_part_of_it(watched):
    """A warm-up, for example: the inner application is called before any request, and from within."""
    below = site()

    @contextlib.asynccontextmanager
    async def warm_up(_app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(below), base_url="http://localhost") as client:
            await client.get("/hello")
        yield

    with serving(site(Mount("/below", below), lifespan=warm_up), lifespan="on") as port:
        assert httpx.get(f"http://127.0.0.1:{port}/below/hello").text == "hello"
        assert watched.applications() == 1
    assert watched() == {"/below/hello": 1}


def test_middleware_around_an_application_does_not_hide_it(watched):
    class Outer:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await self.app(scope, receive, send)

    ask(Outer(site(middleware=[Middleware(Outer)])), "/hello")
    assert watched() == {"/hello": 1}


def test_our_pages_are_served_and_are_no_application_of_the_hosts(watched):
    app = FastAPI(routes=[Route("/hello", hello)])
    assert ask(app, "/hello", "/performance/api/stats", Authorization=f"Bearer {'v' * 24}") == [200, 200]
    assert watched.applications() == 1
    assert watched() == {"/hello": 1}


def test_what_the_application_installs_itself_is_all_there_is(watched, tmp_path):
    below = site()
    app = site(Mount("/below", below))
    pace = paceline.Paceline(store=f"sqlite:///{tmp_path}/own.db").install(app)
    ask(app, "/hello", "/below/hello")
    pace.stop()
    ask(app, "/hello")  # it has taken the gate away again: so it is
    assert watched() == {}


def test_installed_late_its_own_words_still_count(watched, tmp_path):
    """As in a start-up function, when the application has been called already."""
    app = site()
    ask(app, "/hello")
    pace = paceline.Paceline(store=f"sqlite:///{tmp_path}/own.db").install(app)
    ask(app, "/hello", "/hello")
    pace.stop()
    assert (watched(), watched("own.db")) == ({"/hello": 1}, {"/hello": 2})


def test_a_setting_that_is_wrong_is_one_warning_and_the_application_serves(watched, monkeypatch, caplog):
    monkeypatch.setenv("PACELINE_SLOW_RESPONSE_MS", "soon")
    assert ask(site(), "/hello") == [200]
    assert [record.levelno for record in caplog.records].count(logging.WARNING) == 1
    assert watched() == {"/hello": 1}


def test_whatever_is_wrong_with_us_is_one_line_and_the_application_serves(watched, monkeypatch, caplog):
    monkeypatch.setattr(paceline.Paceline, "install_unasked", None)
    assert ask(site(Mount("/below", site())), "/hello", "/below/hello") == [200, 200]
    assert caplog.messages == ["paceline run: TypeError; the application is not watched"]
    assert watched() == {}


def test_disabled_nothing_is_watched(watched, monkeypatch, caplog):
    monkeypatch.setenv("PACELINE_DISABLE", "1")
    caplog.set_level(logging.INFO, "paceline")
    app = site()
    assert ask(app, "/hello") == [200]
    assert METHOD not in vars(app)
    assert caplog.messages == ["PACELINE_DISABLE is set: paceline does not watch this application"]


def test_the_module_is_still_its_own():
    assert starlette_applications.Starlette is Starlette
