"""Live settings: what they are now and where from, what is refused, and that the probe goes by them."""

import pytest

from paceline import clock as clocks
from paceline import errors
from paceline.engine import configuration, parts
from paceline.engine.control import applying, tuning
from paceline.observe import settings as observe_settings
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry.store import interface, opening
from paceline.web import settings as web_settings

LIVE = {
    "slow_statement_ms": 5,
    "slow_response_ms": 6,
    "slow_log_size": 7,
    "objective_p95_ms": 8,
    "objectives": {"GET /orders/{order_id}": 250},
    "memory_threshold": 0.9,
    "memory_check_seconds": 10,
    "memory_on_threshold": "warn",
    "statement_samples": "off",
    "exclude_routes": ["/a"],
    "error_status_from": 500,
}


@pytest.fixture
def store(tmp_path):
    made = opening.open_store(f"sqlite:///{tmp_path}/a.db", service="s", clock=clocks.FakeClock())
    yield made
    made.close()


@pytest.fixture
def tuned(store):
    rooms = (
        telemetry_settings.TelemetrySettings(slow_response_ms=300),
        observe_settings.ObserveSettings(),
        web_settings.WebSettings(viewer_token="secret-" * 5),
    )
    return tuning.Tuning(store, rooms, {"slow_response_ms": "environment"})


def test_exactly_the_settings_of_the_contract_are_live(tuned):
    assert {one.name for one in tuned.settings() if one.live} == set(LIVE)


def test_each_is_told_with_value_default_and_source(tuned):
    one = tuned.setting("slow_response_ms")
    assert (one.value, one.default, one.source, one.started) == (300, 200, "environment", 300)
    assert tuned.setting("retention").value == "2s:1h 1m:48h 1h:13mo"
    assert tuned.setting("prefix").value == "/performance"
    assert tuned.setting("timezone").live is False


def test_a_url_is_shown_without_its_credentials():
    assert tuning.shown("clickhouse://ann:secret@host/shop") == "clickhouse://***@host/shop"


def test_secrets_are_not_among_them(tuned):
    assert "secret" not in str(tuned.settings())
    with pytest.raises(errors.NotFound):
        tuned.setting("viewer_token")


@pytest.mark.parametrize("name", LIVE)
def test_every_live_setting_is_put_and_taken_back(tuned, name):
    before = tuned.setting(name)
    tuned.put(name, tuned.checked(name, LIVE[name]), "ann")
    assert (tuned.setting(name).value, tuned.setting(name).source) == (LIVE[name], "live")
    tuned.put(name, tuned.checked(name, None), "ann")
    assert tuned.setting(name) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slow_response_ms", 0),
        ("slow_response_ms", "fast"),
        ("slow_response_ms", True),
        ("memory_threshold", 1.5),
        ("memory_threshold", float("nan")),
        ("memory_on_threshold", "collect_idle"),
        ("statement_samples", "all"),
        ("objectives", {"orders": 5}),
        ("objectives", {"GET /orders": 0}),
        ("objectives", {"GET /orders": "5"}),
        ("objectives", {"GET /orders": float("nan")}),
        ("objectives", {"GET /orders": 10**400}),
        ("slow_log_size", 10**400),
        ("exclude_routes", 5),
        ("objectives", [1]),
        ("objectives", "{"),
        ("retention", "2s:1h 1m:48h 1h:13mo"),
        ("service", "other"),
    ],
)
def test_what_cannot_be_is_refused(tuned, store, name, value):
    with pytest.raises(errors.UsageError, match=f"setting {name}"):
        tuned.checked(name, value)


def test_a_name_that_is_no_setting_is_not_found(tuned):
    with pytest.raises(errors.NotFound, match="no setting 'speed'"):
        tuned.checked("speed", 1)


def test_the_address_of_the_database_is_not_shown(tmp_path):
    given = {"store": f"sqlite:///{tmp_path}/p.db", "service": "shop", "dsn": "postgresql://ann:hidden@db/shop"}
    made = parts.Parts(configuration.configure(given, environ={}, folder=tmp_path))
    shown = made.service.settings().settings
    made.detach()
    assert "hidden" not in str(shown)
    assert {"database_timeout_seconds", "memory_threshold", "slow_response_ms"} <= {one.name for one in shown}
    assert "dsn" not in {one.name for one in shown}


@pytest.fixture
def process(tmp_path):
    given = {"store": f"sqlite:///{tmp_path}/p.db", "service": "shop", "slow_statement_ms": 100}
    made = parts.Parts(configuration.configure(given, environ={}, folder=tmp_path))
    yield made
    made.detach()


def test_the_probe_goes_by_what_was_changed_and_by_its_start_when_that_is_taken_back(process):
    limits, applied = process.recorder.limits, process.applying.apply
    applied(LIVE)
    assert (limits.slow_statement_ns, limits.slow_response_ns) == (5_000_000, 6_000_000)
    assert limits.excluded_routes == {"/a"}
    assert (process.gauges.threshold, process.gauges.check_seconds) == (0.9, 10)
    applied({})
    assert limits.slow_statement_ns == 100_000_000
    assert "/health" in limits.excluded_routes
    assert process.gauges.threshold == 0.8


def test_a_process_that_starts_later_has_what_was_changed_before(process):
    process.store.put_setting("slow_response_ms", 3, "ann")
    process.start()
    assert process.recorder.limits.slow_response_ns == 3_000_000


def test_a_process_reads_the_settings_again_when_told_to(process):
    process.control.poll()
    process.store.put_setting("memory_threshold", 0.5, "ann")
    number = process.store.command(tuning.ACTION, {"name": "memory_threshold"}, worker=None, by="ann")
    process.control.poll()
    assert process.gauges.threshold == 0.5
    assert [answer.worker for answer in process.store.answers(number)] == [process.recorder.worker]


def test_the_slow_log_grows_and_shrinks_while_it_is_written(process):
    assert isinstance(process.applying, applying.Applying)
    process.applying.apply({"slow_log_size": 3})
    process.store.write(window_of(5))
    assert len(process.store.events("slow_response", since_ms=0)) == 3
    assert len(process.store.events("worker", since_ms=0)) == 5, "what workers say of themselves is no slow log"
    process.applying.apply({"slow_log_size": 4})
    process.store.write(window_of(5))
    assert len(process.store.events("slow_response", since_ms=0)) == 4


def window_of(events):
    from paceline.telemetry import window

    made = tuple(window.Event(kind, 1, {}) for kind in ("slow_response", "worker") for _ in range(events))
    return window.Window("1", 0, events=made)


def test_a_store_that_began_anew_has_nothing_live_any_more(process, tmp_path):
    process.store.put_setting("memory_threshold", 0.5, "ann")
    process.store.command(tuning.ACTION, {}, worker=None, by="ann")
    process.control.poll()
    assert process.gauges.threshold == 0.5
    for file in tmp_path.glob("p.db*"):
        file.unlink()
    process.control.poll()
    assert process.gauges.threshold == 0.8
    number = process.store.command("clear", {}, worker=None, by="ann")
    process.control.poll()
    assert isinstance(process.store.answers(number)[0], interface.Answer)
