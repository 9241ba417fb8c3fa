"""A frame of the live view: the last minute, decoded once, and who is there."""

from tests import fix_measurements as made

from paceline.engine.answers import live
from paceline.telemetry import settings as settings_
from paceline.telemetry import window as windows
from paceline.telemetry.store import interface

SETTINGS = settings_.TelemetrySettings()
REQUEST = ("GET", "/a", "ok")


def step(number, *durations, level=None):
    since = made.NOW_MS + number * 2_000
    gauges = {} if level is None else {("memory.rss", "7"): windows.Gauge.of(level)}
    return made.snapshot(
        {REQUEST: durations} if durations else {}, gauges=gauges, since_ms=since, until_ms=since + 2_000
    )


def test_tiles_are_rates_over_the_frame_and_points_its_windows():
    frame = live.frame([step(0, 10.0, 20.0), step(1), step(2, 30.0)], SETTINGS)

    assert (frame.tiles.requests_per_second, frame.tiles.average_ms, frame.tiles.workers) == (0.5, 20.0, 1)
    assert [(point.requests, point.waiting_ms) for point in frame.points] == [(2, 30.0), (0, 0.0), (1, 30.0)]
    assert frame.tiles.waiting_seconds_per_hour == 36.0
    assert frame.cursor == made.NOW_MS + 6_000


def test_only_points_that_were_not_sent_before_are_in_the_next_frame():
    steps = [step(number, 1.0) for number in range(4)]
    following = live.frame(steps[1:], SETTINGS, after_ms=live.frame(steps[:3], SETTINGS).cursor)

    assert [point.at_ms for point in following.points] == [made.NOW_MS + 6_000]


def test_windows_that_did_not_change_are_decoded_once():
    decoded = live.Decoded()
    steps = [step(number, 1.0) for number in range(3)]
    live.frame(steps, SETTINGS, decoded=decoded)
    before = dict(decoded._known)
    live.frame(steps, SETTINGS, decoded=decoded)

    assert all(decoded._known[key] is value for key, value in before.items())


def test_a_window_that_got_late_values_is_decoded_anew():
    decoded = live.Decoded()
    live.frame([step(0, 1.0)], SETTINGS, decoded=decoded)

    assert live.frame([step(0, 1.0, 3.0)], SETTINGS, decoded=decoded).tiles.average_ms == 2.0


def test_what_no_frame_shows_any_more_is_forgotten():
    decoded = live.Decoded()
    for number in range(100):
        live.frame([step(number, 1.0), step(number + 1, 1.0)], SETTINGS, decoded=decoded)

    assert len(decoded._known) <= 6


def test_memory_is_of_who_is_there_and_a_worker_that_left_is_not():
    steps = [step(number, level=100.0) for number in range(3)]
    left = [interface.StoredEvent(1, windows.WORKER_LEFT, made.NOW_MS + 5_900, "7", {})]

    assert live.frame(steps, SETTINGS).tiles.memory_rss_bytes == 100
    gone = live.frame(steps, SETTINGS, left=left).tiles
    assert (gone.memory_rss_bytes, gone.workers) == (None, 0)


def test_an_empty_minute_is_no_error():
    frame = live.frame([step(0)], SETTINGS)

    assert (frame.tiles.requests_per_second, frame.tiles.p95_ms, frame.endpoints, frame.statements) == (
        0.0,
        None,
        (),
        (),
    )
