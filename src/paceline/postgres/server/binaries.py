"""The server's programs, in a place where its account can run them.

Where it cannot (an environment below a closed home folder), the server's files are copied into the server's
own folder: PostgreSQL finds `lib` and `share` relative to its programs, so it runs from anywhere.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from paceline import errors

if TYPE_CHECKING:
    from paceline.postgres.server import folders

_SERVER_PROGRAMS = ("initdb", "postgres")


def runnable_binaries(binaries: Path, directory: Path, account: folders.Account) -> Path:
    """Return the folder with the server's programs as the account can run them.

    Args:
        binaries: The folder with the programs.
        directory: The server's own folder, which gets a copy if one is needed.
        account: Who shall run them.

    Raises:
        ServiceUnavailable: The account cannot run them either way.
    """
    if _refusal(binaries, account) is None:
        return binaries
    if account.uid is not None:
        binaries = _copy_server(binaries, directory / "server")
    if refusal := _refusal(binaries, account):
        raise errors.ServiceUnavailable(f"the user {account.name} cannot run PostgreSQL: {refusal}")
    return binaries


def version_of(binaries: Path, account: folders.Account) -> str:
    """Return the server's version as it tells it, such as `18.6`.

    Raises:
        ServiceUnavailable: The program answers something else.
    """
    answer = account.run([str(binaries / "postgres"), "--version"]).stdout.strip()
    if found := re.search(r"\(PostgreSQL\) (\d\S*)", answer):
        return found[1]
    raise errors.ServiceUnavailable(f"{binaries / 'postgres'} tells no version: {answer}")


def _refusal(binaries: Path, account: folders.Account) -> str | None:
    """Try the server's programs, and return what the system says against running them."""
    for program in _SERVER_PROGRAMS:
        answer = account.run([str(binaries / program), "--version"])
        if answer.returncode != 0:
            return answer.stdout.strip()
    return None


def _copy_server(binaries: Path, target: Path) -> Path:
    """Copy programs, modules and shared files, unless the same are there already; return the new `bin`."""
    prefix = binaries.parent
    package = prefix.parent
    copied = target / package.name / prefix.name
    found = (binaries / "postgres").stat()
    stamp = f"{binaries} {found.st_size} {found.st_mtime_ns}"
    if (target / "stamp").is_file() and (target / "stamp").read_text() == stamp:
        return copied / "bin"
    shutil.rmtree(target, ignore_errors=True)
    sources = {
        **{prefix / part: copied / part for part in ("lib", "share")},
        # Where wheels keep the libraries that their programs find by a relative path: Linux, macOS.
        package.parent / f"{package.name}.libs": target / f"{package.name}.libs",
        package / ".dylibs": copied.parent / ".dylibs",
    }
    for source, place in sources.items():
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("*.a", "pgxs", "doc"))
    (copied / "bin").mkdir(parents=True)
    for program in _SERVER_PROGRAMS:
        shutil.copyfile(binaries / program, copied / "bin" / program)
    _open_for_reading(target)
    (target / "stamp").write_text(stamp)
    return copied / "bin"


def _open_for_reading(tree: Path) -> None:
    """Let the server read the copy; a strict umask may have closed what it was copied from."""
    for parent, _, names in os.walk(tree):
        folder = Path(parent)
        folder.chmod(0o755)
        for name in names:
            (folder / name).chmod(0o755 if folder.name == "bin" else 0o644)
