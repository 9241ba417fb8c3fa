"""One-time codes: a short-lived secret, exchanged once for a cookie, so that a printed URL is worth nothing later.

A code is kept only as its hash, as the name of a small file, so that the command line can mint one that
any worker redeems. Deleting the file is what redeems it: the file system lets exactly one process do that.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from paceline import clock as clocks
from paceline.web.access import private_files

LIFETIME_MS = 10 * 60 * 1_000
"""How long a printed URL is good: long enough to switch to a browser."""

_CODE = re.compile(r"[A-Za-z0-9_-]{43}")


class Codes(Protocol):
    """Makes codes and takes each back once."""

    def mint(self) -> str:
        """Return a new code. OSError when it cannot be kept."""
        ...

    def redeem(self, code: str) -> bool:
        """Return whether the code was good; afterwards it is not."""
        ...


class FileCodes:
    """Codes shared by all processes of one user through a folder."""

    def __init__(self, folder: Path, clock: clocks.Clock = clocks.SYSTEM) -> None:
        self._folder = folder
        self._clock = clock

    def mint(self) -> str:
        """Return a new code, and forget those that have expired."""
        private_files.make_folder(self._folder)
        self._forget_expired()
        code = secrets.token_urlsafe(32)
        private_files.create(self._path(code), str(self._clock.now_ms() + LIFETIME_MS))
        return code

    def redeem(self, code: str) -> bool:
        """Return whether the code was good; afterwards it is not."""
        if _CODE.fullmatch(code) is None:
            return False
        path = self._path(code)
        try:
            expires_ms = int(private_files.read(path))
            path.unlink()  # of two processes at once, one gets FileNotFoundError here
        except (OSError, ValueError):
            return False
        return self._clock.now_ms() < expires_ms

    def _path(self, code: str) -> Path:
        return self._folder / _hashed(code)

    def _forget_expired(self) -> None:
        for path in self._folder.glob("[0-9a-f]*"):
            with suppress(OSError, ValueError):
                if int(private_files.read(path)) <= self._clock.now_ms():
                    path.unlink()


class MemoryCodes:
    """Codes of one process, where there is no folder to share."""

    def __init__(self, clock: clocks.Clock = clocks.SYSTEM) -> None:
        self._clock = clock
        self._expires_ms: dict[str, int] = {}

    def mint(self) -> str:
        """Return a new code, and forget those that have expired."""
        now_ms = self._clock.now_ms()
        for known in [known for known, expires_ms in self._expires_ms.items() if expires_ms <= now_ms]:
            self._expires_ms.pop(known, None)
        code = secrets.token_urlsafe(32)
        self._expires_ms[_hashed(code)] = now_ms + LIFETIME_MS
        return code

    def redeem(self, code: str) -> bool:
        """Return whether the code was good; afterwards it is not."""
        return self._clock.now_ms() < self._expires_ms.pop(_hashed(code), 0)


def _hashed(code: str) -> str:
    # 256 random bits need no salt and no slow hash: there is no dictionary of them.
    return hashlib.sha256(code.encode()).hexdigest()
