"""The probe measures its own price once, beside the requests of the host and without a trace in them."""

from paceline.observe import calibration, process, settings
from paceline.observe.sql import sqlalchemy
from paceline.telemetry import recorder as recorders
from paceline.telemetry import records as r
from paceline.telemetry import window as windows


def test_a_request_and_a_statement_have_a_price():
    found = calibration.calibrate()

    assert found.request_ns > found.statement_ns > 0


def test_the_request_of_whoever_calls_stays_theirs():
    mine = r.new(0, "GET")
    token = recorders.current.set(mine)
    calibration.calibrate()

    assert recorders.current.get() is mine
    assert mine == r.new(0, "GET")
    recorders.current.reset(token)


def test_a_price_that_cannot_be_found_is_none_and_no_failure(monkeypatch):
    monkeypatch.delattr(sqlalchemy, "timed_default")

    assert calibration.calibrate() is None


def test_a_worker_tells_its_price_and_the_calibration_counts_as_no_request(recorder):
    gauges = process.ProcessGauges(recorder, settings.ObserveSettings())
    gauges.collect()
    gauges.pauses.stop()
    window = recorder.take(0, {})
    (told,) = [event.body for event in window.events if event.kind == windows.WORKER]

    assert told["probe_ns_per_request"] > 0
    assert told["probe_ns_per_statement"] > 0
    assert window.tallies == {}
