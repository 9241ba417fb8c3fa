"""Settings of the observing room; defaults are pinned by a test and explained in docs/reference/settings.md."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ObserveSettings:
    """When the process warns about its memory."""

    memory_threshold: float = field(default=0.8, metadata={"above": 0, "at_most": 1, "live": True})
    """Share of the real memory limit (cgroup, rlimit or physical) that is worth a warning (live)."""
    memory_check_seconds: float = field(default=30.0, metadata={"at_least": 1, "at_most": 86_400, "live": True})
    """How often the share is compared with the threshold (seconds, live)."""
    memory_on_threshold: str = field(default="warn", metadata={"choices": ("warn",), "live": True})
    """What happens above the threshold: a warning in log, store and overview. Nothing is collected by itself (live)."""
