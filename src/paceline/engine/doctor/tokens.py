"""The tokens: where they come from and who can read them; never what they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from paceline import settings as loader
from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines

NAMES = ("viewer_token", "operator_token")


def examine(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Look at the source of each token, and at the file in which made ones are kept."""
    sources = {name: found.sources.get(name, loader.DEFAULT) for name in NAMES}
    for name, source in sources.items():
        facts: dict[str, object] = {"token": name, "source": source}
        if source == loader.PYPROJECT:
            fix = f"a secret does not belong into a file that is shared: set {loader.variable(name)}"
            yield lines.Line(lines.WARNING, f"{name} stands in pyproject.toml", fix, facts)
        elif source != loader.DEFAULT:
            yield lines.Line(lines.OK, f"{name} is set by the {source}", None, facts)
    if loader.DEFAULT not in sources.values():
        return
    if found.state_folder is None:
        fix = "set both tokens in the environment, or XDG_STATE_HOME"
        yield lines.Line(lines.PROBLEM, "there is no state folder: each worker makes tokens of its own", fix)
    else:
        yield _kept(found.state_folder / found.configured.service / "tokens.json")


def _kept(path: Path) -> lines.Line:
    facts: dict[str, object] = {"path": str(path), "exists": False}
    try:
        state = path.lstat()
    except PermissionError:
        return lines.Line(lines.PROBLEM, f"{path} cannot be looked at", "run as the user of the service", facts)
    except OSError:
        return lines.Line(lines.OK, "tokens are made when they are first needed", None, facts)
    mode = stat.S_IMODE(state.st_mode)
    facts |= {"exists": True, "mode": f"{mode:04o}"}
    if not stat.S_ISREG(state.st_mode) or mode & 0o077:
        said = f"{path} can be read by others (mode {mode:04o}), so it is not used"
        return lines.Line(lines.PROBLEM, said, "delete it, and new tokens are made", facts)
    if hasattr(os, "getuid") and state.st_uid != os.getuid():
        fix = "run as the user of the service, or give the service a state folder of its own"
        return lines.Line(lines.PROBLEM, f"{path} belongs to another user", fix, facts)
    return lines.Line(lines.OK, f"tokens are kept in {path}, mode {mode:04o}", None, facts)
