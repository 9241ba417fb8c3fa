"""Small secret files of one user: created whole or not at all, readable by their owner only."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 65_536
_NO_FOLLOWING = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
"""A pipe laid in the way would hold up the host until somebody writes into it."""


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter; parents that are missing are made likewise. OSError if refused."""
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def create(path: Path, content: str) -> bool:
    """Create a file with mode 0600, complete at the moment it appears; return False when there is one already.

    The content goes to a file of another name first (O_EXCL) and is then linked, so that of several processes exactly
    one wins and none ever reads half a file.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return True


def read(path: Path) -> str:
    """Return the content of a private file.

    Raises:
        FileNotFoundError: there is none.
        PermissionError: it is a link, belongs to another user, or others can read or write it.
    """
    descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOWING | _NO_WAITING)
    try:
        _check(path, os.fstat(descriptor))
        return os.read(descriptor, MAX_BYTES).decode()
    finally:
        os.close(descriptor)


def _check(path: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        message = f"{path} is no ordinary file; delete it, and a new one is made"
        raise PermissionError(message)
    if state.st_mode & 0o077:
        message = f"{path} can be read by others than its owner; delete it, and a new one is made"
        raise PermissionError(message)
    if hasattr(os, "getuid") and state.st_uid != os.getuid():
        message = f"{path} belongs to another user; give this service a state folder of its own"
        raise PermissionError(message)
