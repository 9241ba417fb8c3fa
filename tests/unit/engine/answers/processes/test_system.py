"""The processes of the service and the machine under them; what nobody could read has a reason."""

import dataclasses

from tests import fix_measurements as made

from paceline import clock
from paceline.engine.answers.processes import system, workers
from paceline.observe import cpu, host
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows


def gauges(**by_name):
    """Return gauges of workers 7 and 8 from pairs of levels."""
    return {
        (name.replace("__", "."), worker): windows.Gauge.of(level)
        for name, levels in by_name.items()
        for worker, level in zip(("7", "8"), levels, strict=True)
    }


def surroundings(recent=None, ranged=None, live=("7", "8"), **introductions):
    now_ms = made.NOW_MS
    return system.Surroundings(
        machine=host.read(),
        processor=cpu.CpuSampler().sample(clock.FakeClock()),
        snapshot=made.snapshot(gauges=ranged),
        recent=snapshots.Snapshot(now_ms - 60_000, now_ms, workers=("7", "8"), gauges=recent or {}),
        live=frozenset(live),
        introductions=introductions,
        now_ms=now_ms,
    )


def test_the_service_is_as_old_as_its_oldest_live_worker():
    old = workers.Introduction("7", started_ms=made.NOW_MS - 90_000)
    young = workers.Introduction("8", started_ms=made.NOW_MS - 5_000)
    both = {"7": old, "8": young}

    assert system.summary(surroundings(**both)).service_uptime_seconds == 90.0
    assert system.summary(surroundings(live=("8",), **both)).service_uptime_seconds == 5.0


def test_a_worker_of_the_last_minute_is_listed_but_counts_no_more():
    found = system.summary(
        surroundings(gauges(cpu__process_percent=(30.0, 50.0), descriptors__open=(9, 4)), live=("7",))
    )

    assert [(each.worker, each.live, each.cpu_percent) for each in found.workers] == [
        ("7", True, 30.0),
        ("8", False, 50.0),
    ]
    assert (found.cpu_percent, found.descriptors) == (30.0, 9)


def test_the_host_is_as_busy_as_the_busiest_reading_and_the_worst_worker_was_throttled():
    recent, ranged = gauges(cpu__host_percent=(20.0, 35.0)), gauges(cpu__throttled_ms=(0.0, 12.5))
    found = system.summary(surroundings(recent, ranged))

    assert (found.host_cpu_percent, found.throttled_ms) == (35.0, 12.5)


def test_what_a_worker_told_goes_before_what_the_answering_process_is():
    """`paceline serve` may run on another Python than the service."""
    told = workers.Introduction("7", python_version="3.14.2", platform="Linux", cores=64, version="1.2")
    found = system.summary(surroundings(**{"7": told}))

    assert (found.python_version, found.cores, found.version) == ("3.14.2", 64, "1.2")
    assert system.summary(surroundings()).python_version == host.read().python_version


def test_every_field_without_a_value_has_a_reason():
    given = surroundings(live=())
    found = system.summary(given)
    reasons = {gap.field.removeprefix("system."): gap.reason for gap in system.gaps(given, found)}

    assert reasons["cpu_percent"] == reasons["descriptors"] == "no worker is live: all left or fell silent"
    missing = {"service_uptime_seconds", "cpu_percent", "host_cpu_percent", "throttled_ms", "descriptors"}
    assert missing <= set(reasons)
    assert all(getattr(found, field) is None for field in reasons)


def test_a_workers_own_reason_is_told():
    told = workers.Introduction("7", unavailable={"throttled_ms": "no cgroup here"})
    given = surroundings(**{"7": told})
    reasons = {gap.field: gap.reason for gap in system.gaps(given, system.summary(given))}

    assert reasons["system.throttled_ms"] == "no cgroup here"
    assert reasons["system.descriptors"] == "not reported yet"


def test_a_full_disk_is_told_in_percent():
    given = surroundings()
    full = dataclasses.replace(given.machine, disk_free_bytes=5, disk_total_bytes=100)

    assert system.summary(dataclasses.replace(given, machine=full)).disk_free_percent == 5.0
