"""Operations: what an operator may have done in all workers, whoever was asked."""

from __future__ import annotations

from paceline.engine import clearing, observations


class Operations(observations.Observations):
    """Changes how the service measures, not the application. `by` is who asked, for the journal."""

    def clear_metrics(self, what: str = "all", *, by: str = "operator") -> clearing.Cleared:
        """Forget what was measured (all, statements, requests or memory), here and in all workers."""
        now = self._reader.now()
        return clearing.clear(
            self.store, what=what, by=by, now_ms=now.ms, live=self._reader.live(now), sleep=self._sleep
        )
