"""The lease on duties: one row that says which process rolls up, deletes and polls."""

from __future__ import annotations

from paceline.telemetry.store.sqlite_file import access

LEASE_MS = 10_000
"""Renewed every 3 s, so that two renewals may fail."""


class Lease(access.Access):
    """Take, renew and give up the lease."""

    def acquire_lease(self, holder: str, *, preferred: bool = False) -> bool:
        """Take or renew the lease (10 s); a preferred holder takes it from one that is not."""
        with self._transaction(writing=False) as link:
            row = link.connection.execute("SELECT holder, expires_ms, preferred FROM lease").fetchone()
        if not self._is_free(row, holder, preferred=preferred):
            return False  # most processes, most of the time: no write lock is taken
        with self._transaction(writing=True) as link:
            row = link.connection.execute("SELECT holder, expires_ms, preferred FROM lease").fetchone()
            if not self._is_free(row, holder, preferred=preferred):
                return False
            link.connection.execute(
                "INSERT OR REPLACE INTO lease VALUES ('duties', ?, ?, ?)",
                (holder, self._clock.now_ms() + LEASE_MS, preferred),
            )
        return True

    def release_lease(self, holder: str) -> None:
        """Give the lease up, if held."""
        with self._transaction(writing=True) as link:
            link.connection.execute("DELETE FROM lease WHERE holder = ?", (holder,))

    def _is_free(self, row: tuple[str, int, int] | None, holder: str, *, preferred: bool) -> bool:
        if row is None or row[0] == holder or (preferred and not row[2]):
            return True
        left_ms = row[1] - self._clock.now_ms()
        return not 0 < left_ms <= 2 * LEASE_MS  # far in the future: the clock was set back since
