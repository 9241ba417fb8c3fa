"""Where in the control-group tree this process lives: the folders whose limits bind it, its own first.

A limit may stand in any ancestor (a pod around a container, a slice around a service), so callers take the minimum
over the whole lineage. Four layouts occur: version 2 alone, version 1 alone (a mount per controller), both at once
(`unified` beside version 1, controllers in either), and a container that sees only its own part of the tree, whose
`/proc/self/cgroup` then names `/` or a path of the host that does not exist inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from paceline.observe import kernel_files

_DEEPEST = 64
"""Segments of a path that are followed; real trees have less than ten, damage may have any number."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """The folders of one controller from the process' own group up to the root of what is visible."""

    version: int
    """1 or 2: which file names to read."""
    folders: tuple[Path, ...]
    """Own group first, root last; never empty."""


def lineage(controller: str, *, proc: Path, cgroup: Path) -> Lineage | None:
    """Return the lineage of a controller (`memory`, `cpu`), or `None` outside any visible control group."""
    for names, path in _memberships(proc):
        if controller in names.split(","):
            return _version_1(controller, names, path, cgroup)
    return unified(proc=proc, cgroup=cgroup)


def unified(*, proc: Path, cgroup: Path) -> Lineage | None:
    """Return the lineage in the version 2 tree, which has pressure files even where version 1 has the controllers."""
    for names, path in _memberships(proc):
        if not names:
            alone = kernel_files.text(cgroup / "cgroup.controllers") is not None
            return _visible(2, cgroup if alone else cgroup / "unified", path)
    return None


def _memberships(proc: Path) -> list[tuple[str, str]]:
    """Return (controllers, path) of each line `number:controllers:path`; version 2 has no controllers there."""
    lines = (kernel_files.text(proc / "self" / "cgroup") or "").splitlines()
    parts = [line.split(":", 2) for line in lines]
    return [(part[1], part[2]) for part in parts if len(part) == 3]


def _version_1(controller: str, names: str, path: str, cgroup: Path) -> Lineage | None:
    """Follow a version 1 path; controllers mounted together (`cpu,cpuacct`) may lack the link of the single name."""
    return _visible(1, cgroup / names, path) or _visible(1, cgroup / controller, path)


def _visible(version: int, mount: Path, path: str) -> Lineage | None:
    segments = [segment for segment in path.split("/") if segment]
    # `..` leads out of our namespace: only the root of what we see is certain then.
    if ".." in segments or len(segments) > _DEEPEST:
        segments = []
    folders = [mount.joinpath(*segments[:depth]) for depth in range(len(segments), -1, -1)]
    found = tuple(folder for folder in folders if kernel_files.is_folder(folder))
    return Lineage(version, found) if found else None
