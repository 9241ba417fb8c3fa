"""A signal is its latest value, or not there."""

from paceline.telemetry import signals


def test_a_signal_is_put_read_and_forgotten():
    signals.put("pool.wait_ms", 3.0)
    signals.put("pool.wait_ms", 4.0)
    assert signals.get("pool.wait_ms") == 4.0
    assert signals.everything() == {"pool.wait_ms": 4.0}
    signals.forget()
    assert signals.get("pool.wait_ms") is None
    assert signals.get("pool.wait_ms", 1.5) == 1.5
