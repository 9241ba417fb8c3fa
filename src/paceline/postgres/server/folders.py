"""Who runs the embedded server, and the folders which that account can enter.

PostgreSQL refuses to run as root. An ordinary user runs it as himself. Root lends it an account that exists
already (`postgres`, else `nobody`); nothing is added to the system. The folders of a root-started server then
belong to root, open to the server's group for passing through only (0710), so that a file root writes there
cannot be swapped for a link; inside, `data` belongs to the server's account. No permission outside the
server's own folder is ever changed: whether the account can reach a folder is found out by trying.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paceline import errors

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

LOCK_NAME = "owner.lock"
"""File that marks a folder as a server's, and is locked for as long as a process owns the server."""

_CANNOT_RUN = 126  # what a shell answers for a program that it may not run
_LONGEST_SOCKET_FOLDER = 80  # a socket's path holds 103 bytes on macOS, 107 on Linux; its name takes 21
_TEMPORARY = Path("/") / "tmp"
_LASTING = Path("/") / "var" / "tmp"


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a server runs under; without a number it is the one we run under."""

    name: str = "this user"
    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """Supplementary groups for a child: none for a lent account, ours (None) for our own."""
        return None if self.uid is None else []

    def run(self, command: Sequence[str], *, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run a program as this account from the root folder; a refusal to start it is exit code 126."""
        try:
            return subprocess.run(
                command,
                check=False,
                cwd="/",  # the account need not be able to enter our own working folder
                encoding="utf-8",
                env=server_environment(),
                errors="replace",
                extra_groups=self.groups,
                group=self.gid,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=timeout_s,
                user=self.uid,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return subprocess.CompletedProcess(command, _CANNOT_RUN, str(error))

    def can_enter(self, folder: Path) -> bool:
        """Try whether this account can enter a folder."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]).returncode == 0

    def let_through(self, folder: Path) -> None:
        """Make a folder of ours private, but for this account's way to what lies in it."""
        if self.gid is not None:
            os.chown(folder, -1, self.gid)
        folder.chmod(0o700 if self.gid is None else 0o710)

    def give(self, folder: Path) -> None:
        """Make a folder this account's own."""
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


def server_account() -> Account:
    """Choose the account to run a server under.

    Raises:
        ServiceUnavailable: We are root and the system has no unprivileged account to lend.
    """
    if os.geteuid() != 0:
        return Account()
    import pwd  # not on Windows, where this module must still be importable

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise errors.ServiceUnavailable(
        "an embedded PostgreSQL refuses to run as root, and there is no user postgres or nobody to lend it: "
        "start paceline as an ordinary user"
    )


def server_environment() -> dict[str, str]:
    """Give a server's or client's whole environment: no secret of ours, no PG* variable that redirects it."""
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")
    inherited = {name: os.environ[name] for name in kept if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **inherited}


def default_directory(name: str) -> Path:
    """Return a folder that outlives this process for the server of this name, created with mode 0700.

    An ordinary user's lies in his state folder. Root's lies outside of root's home, which the server's
    account could not enter. A temporary folder that survives a reboot is the second choice for both.

    Raises:
        UsageError: The name is no plain file name, or the folder is a link or somebody else's.
        ServiceUnavailable: No such folder can be created.
    """
    if not re.fullmatch(r"\w[\w.-]{0,63}", name, re.ASCII):
        raise errors.UsageError(f"{name!r} cannot name a server's folder: use letters, digits, '.', '-' and '_'")
    refusals: list[str] = []
    for home in _state_folders():
        try:
            home.parent.mkdir(parents=True, exist_ok=True)
            # Passing through is harmless, and the account that a root-started server runs under needs it.
            _create_own(home, 0o711 if os.geteuid() == 0 else 0o700)
            return _create_own(home / name, 0o700)
        except OSError as error:
            refusals.append(str(error))
    raise errors.ServiceUnavailable(f"no lasting folder for the server {name!r}: {'; '.join(refusals)}")


def prepare_directory(directory: Path, account: Account) -> Path:
    """Create or check a server's folder, and return its real path.

    Raises:
        UsageError: It is a link, belongs to somebody else, or holds what is not a server's.
        ServiceUnavailable: It cannot be created, or the account cannot enter it.
    """
    directory = directory.absolute()
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        _create_own(directory, 0o700)
    except OSError as error:
        raise errors.ServiceUnavailable(f"cannot create the server's folder {directory}: {error}") from error
    if not (directory / LOCK_NAME).exists() and any(directory.iterdir()):
        raise errors.UsageError(f"{directory} holds other files: give a PostgreSQL an empty folder of its own")
    account.let_through(directory)
    if not account.can_enter(directory):
        raise errors.ServiceUnavailable(
            f"the user {account.name}, who runs PostgreSQL for root, cannot enter {directory}: "
            "choose a folder whose parents others may pass through, such as one below /var/lib"
        )
    return directory.resolve()


@contextmanager
def locked(directory: Path) -> Generator[None]:
    """Hold a server's folder for this process alone; the lock ends with the process, however it ends.

    Raises:
        ServiceUnavailable: Another living process holds it.
    """
    import fcntl  # not on Windows, where this module must still be importable

    # Closed over exec, so that a program which the application starts does not keep the folder locked.
    descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.ServiceUnavailable(
                f"the PostgreSQL in {directory} belongs to another running process: stop that first"
            ) from None
        yield
        # A fork of ours would keep the lock with its copy of the descriptor: unlocking ends it for both.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def temporary_directory(account: Account) -> Path:
    """Create a private folder with a short path that the account can enter.

    Raises:
        ServiceUnavailable: There is none, in any of the system's temporary folders.
    """
    for parent in dict.fromkeys((Path(tempfile.gettempdir()), _TEMPORARY, _LASTING)):
        if len(os.fsencode(parent)) + len("/pl-12345678") > _LONGEST_SOCKET_FOLDER or not parent.is_dir():
            continue
        folder = Path(tempfile.mkdtemp(prefix="pl-", dir=parent)).resolve()
        account.let_through(folder)
        if account.can_enter(folder):
            return folder
        folder.rmdir()
    raise errors.ServiceUnavailable(
        f"no temporary folder that the user {account.name} can enter: set TMPDIR to one with a short path"
    )


def _state_folders() -> Iterator[Path]:
    """Give the folders to try for what lasts, best first."""
    if os.geteuid() == 0:
        yield Path("/var/lib/paceline")
        yield _LASTING / "paceline-root"
        return
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    if sys.platform == "darwin":
        state = Path("~/Library/Application Support").expanduser()
    elif not state.is_absolute():
        state = Path("~/.local/state").expanduser()
    if state.is_absolute():
        yield state / "paceline"
    yield _LASTING / f"paceline-{os.geteuid()}"


def _create_own(folder: Path, mode: int) -> Path:
    """Create a folder unless it is there, and make sure that it is a real one and ours."""
    try:
        folder.mkdir(mode=mode)
        folder.chmod(mode)  # whatever the umask took
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise errors.UsageError(f"{folder} is a link or a file: give a PostgreSQL a real folder") from None
        if found.st_uid != os.geteuid():
            raise errors.UsageError(f"{folder} belongs to another user: remove it or choose another") from None
    return folder
