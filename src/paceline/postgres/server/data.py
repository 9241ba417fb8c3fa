"""The data folder of a server: made once by initdb, then only checked."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from paceline import errors
from paceline.postgres.server import process

if TYPE_CHECKING:
    from pathlib import Path

    from paceline.postgres.server import folders

SUPERUSER = "postgres"


def create(binaries: Path, data: Path, account: folders.Account, version: str) -> None:
    """Create a data folder for a server of this version, owned by its account.

    Local connections need no password: the folder with the socket is private. Those over TCP need one.

    Raises:
        ServiceUnavailable: initdb fails; the message has its last lines.
    """
    # Made beside its final place, so that an interrupted one leaves nothing that looks finished.
    unfinished = data.with_name("data.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    account.give(unfinished)
    command = [
        *(str(binaries / "initdb"), "--pgdata", str(unfinished), "--no-sync", "--username", SUPERUSER),
        *("--encoding", "UTF8", "--auth-local", "trust", "--auth-host", "scram-sha-256"),
        *_version_options(_major(version)),
    ]
    done = account.run(command)
    if done.returncode != 0:
        raise errors.ServiceUnavailable(f"initdb could not create {data}: {process.last_words(done.stdout)}")
    unfinished.rename(data)


def check(data: Path, version: str) -> None:
    """Make sure that a server of this version can read the data.

    Raises:
        ServiceUnavailable: They are another major version's, or no data of a PostgreSQL.
    """
    try:
        found = (data / "PG_VERSION").read_text("utf-8").strip()
    except OSError as error:
        raise errors.ServiceUnavailable(f"{data} is no PostgreSQL data folder: {error.strerror}; remove it") from error
    if found != str(_major(version)):
        raise errors.ServiceUnavailable(
            f"{data.parent} was made by PostgreSQL {found}, and this is {version}: "
            f"remove the folder, or let PACELINE_POSTGRES_BIN name a PostgreSQL {found}"
        )


def _major(version: str) -> int:
    """Return 18 for `18.6`, and for `18beta1` too."""
    return int(re.split(r"\D", version, maxsplit=1)[0])


def _version_options(major: int) -> list[str]:
    """Give C.UTF-8, from PostgreSQL itself where it can (17), as not every system has it; and no checksums.

    Those, the default since 18, guard against a failing disk; what is kept here can be made again.
    """
    if major < 17:
        return ["--locale", "C.UTF-8"]
    builtin = ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    return builtin if major < 18 else [*builtin, "--no-data-checksums"]
