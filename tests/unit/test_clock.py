"""Time stands still until a test moves it; the machine's goes on by itself."""

import time

from paceline import clock


def test_a_fake_clock_moves_both_of_its_hands():
    fake = clock.FakeClock(1_000)
    assert (fake.now_ms(), fake.monotonic_ns()) == (1_000, 0)
    fake.advance(0.0015)
    fake.advance(0.0005)
    assert (fake.now_ms(), fake.monotonic_ns()) == (1_002, 2_000_000)


def test_the_machines_clock_is_utc_and_only_grows():
    before = time.time() * 1_000
    assert abs(clock.SYSTEM.now_ms() - before) < 5_000
    assert clock.SYSTEM.monotonic_ns() <= clock.SYSTEM.monotonic_ns()
