import pytest

from paceline.engine.answers.processes import growth
from paceline.telemetry import snapshot as snapshots
from paceline.telemetry import window as windows

MB = 1024 * 1024


def minutes(count, **levels):
    """Return one snapshot a minute; each level is a function of the minute, in MB or blocks."""
    return [
        snapshots.Snapshot(
            minute * 60_000,
            (minute + 1) * 60_000,
            gauges={(f"memory.{name}", "7"): windows.Gauge.of(level(minute)) for name, level in levels.items()},
        )
        for minute in range(count)
    ]


def flat(value):
    return lambda _: value


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({"rss": flat(100 * MB)}, growth.STEADY),
        ({"rss": lambda m: (100 + m) * MB, "allocated_blocks": lambda m: 300_000 + m * MB / 64}, growth.PYTHON_OBJECTS),
        ({"rss": lambda m: (100 + m) * MB, "allocated_blocks": flat(1), "heap_used": lambda m: m * MB}, growth.HEAP),
        ({"rss": lambda m: (100 + m) * MB, "heap_used": flat(MB), "heap_reserved": lambda m: m * MB}, growth.RETAINED),
        ({"rss": lambda m: (100 + m) * MB}, growth.NATIVE),
        ({"rss": flat(300 * MB), "heap_used": flat(10 * MB), "heap_reserved": flat(200 * MB)}, growth.RETAINED),
        ({"rss": lambda m: (100 + 80 * min(m, 8)) * MB}, growth.STEADY),
        ({"rss": lambda m: (100 + 500 * (m == 30)) * MB}, growth.STEADY),
    ],
    ids=["flat", "objects", "heap", "reserved", "native", "retained", "warm-up", "spike"],
)
def test_growth_is_told_by_what_grows_with_it(levels, expected):
    assert expected == growth.classify(minutes(60, **levels), "7")


def test_a_few_minutes_say_nothing():
    assert growth.classify(minutes(5, rss=flat(MB)), "7") == growth.UNKNOWN
    assert growth.classify([], "7") == growth.UNKNOWN
