"""`Paceline`: one object, every argument optional, nothing of it in the way of the host."""

import importlib.util
import logging

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine
from tests.fix_observed import eventually, serving

import paceline
from paceline.integrations import install
from paceline.telemetry.store import interface
from paceline.web import settings as web_settings

TOKEN = "a-token-for-viewers-only"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder and a state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def app():
    made = FastAPI()
    made.get("/items/{item_id}")(lambda item_id: item_id)
    return made


@pytest.fixture
def pace(home):
    made = paceline.Paceline(store=f"sqlite:///{home}/a.db", viewer_token=TOKEN)
    yield made
    made.stop()


def test_a_wrong_name_or_value_raises_at_once(home):
    with pytest.raises(paceline.SettingsError, match="did you mean 'slow_response_ms'"):
        paceline.Paceline(slow_respone_ms=5)
    with pytest.raises(paceline.SettingsError, match="slow_response_ms"):
        paceline.Paceline(slow_response_ms=-5)
    with pytest.raises(paceline.SettingsError, match="prefix"):
        paceline.Paceline(prefix="performance")


def test_a_wrong_variable_is_one_warning_and_the_default(home, monkeypatch, caplog):
    monkeypatch.setenv("PACELINE_SLOW_RESPONSE_MS", "soon")
    paceline.Paceline()
    assert len(caplog.messages) == 1
    assert "slow_response_ms" in caplog.text


@pytest.mark.parametrize("thing", [None, object(), lambda environ, start_response: []])
def test_what_cannot_be_watched_is_refused_in_words(thing, pace):
    with pytest.raises(paceline.UsageError, match="give a FastAPI or Starlette application"):
        pace.install(thing)


def test_installed_it_measures_answers_below_its_prefix_and_hides_from_strangers(app, pace, caplog):
    caplog.set_level(logging.WARNING, "paceline")
    assert pace.install(app) is pace
    with serving(app, lifespan="on") as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for number in range(5):
            assert client.get(f"/items/{number}").json() == str(number)
        strange = client.get("/performance/api/stats")
        known = client.get("/performance/api/stats", headers={"Authorization": f"Bearer {TOKEN}"})
    assert strange.status_code in {401, 403, 404}
    assert known.status_code == 200
    store = pace._running().store
    (found,) = store.read(interface.Range(0, 2**50)).of_kind("request").items()
    assert (found[0], found[1].count) == (("request", "GET", "/items/{item_id}", "ok"), 5)
    assert caplog.messages == []


def test_without_a_lifespan_it_starts_with_the_first_request(app, pace):
    pace.install(app)
    with serving(app, lifespan="off") as port:
        httpx.get(f"http://127.0.0.1:{port}/items/1")
        eventually(lambda: pace._running().flusher._thread)


def test_stopping_takes_everything_away_and_the_application_goes_on(app, pace):
    engine = create_engine("sqlite://")
    before = dict(vars(engine.dialect))
    pace.install(app)
    assert vars(engine.dialect) != before
    for _ in range(2):
        pace.stop()
    assert vars(engine.dialect) == before
    with serving(app) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/items/1").status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port}/performance").status_code == 404


def test_without_its_pages_the_application_is_still_measured(app, pace, monkeypatch, caplog):
    """The extra is missing: one line says so, with the command."""
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "fastapi" else found(name, *more)
    )
    pace.install(app)
    assert "pip install 'paceline[web]'" in caplog.text
    with serving(app) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/items/1").status_code == 200
        eventually(lambda: pace._running().recorder.take(0, {}).tallies)


def test_workers_share_tokens_through_the_state_folder(home):
    one, other = (install.access_of(web_settings.WebSettings(), "shop") for _ in range(2))
    assert other.is_session(one.new_session())


def test_answers_to_the_questions_of_the_api_itself(tmp_path):
    pace = paceline.Paceline(store=f"sqlite:///{tmp_path}/a.db", service="asked")
    try:
        assert pace.api_stats(since="15m").total_requests == 0
        with pytest.raises(AttributeError, match="'Paceline' object has no attribute 'weather'"):
            pace.weather()
        assert {"api_stats", "overview", "install", "stop"} <= set(dir(pace))
    finally:
        pace.stop()


def test_disabled_by_the_environment_nothing_is_done_and_one_line_says_so(app, pace, home, monkeypatch, caplog):
    monkeypatch.setenv("PACELINE_DISABLE", "1")
    caplog.set_level(logging.INFO, "paceline")
    before = dict(vars(app))
    assert pace.install(app) is pace
    assert pace.start() is pace
    assert vars(app) == before
    assert caplog.messages == ["PACELINE_DISABLE is set: paceline does not watch this application"]
    assert list(home.iterdir()) == []
