"""The limit that ends this process first: of its control groups, its resource limits, or the machine's memory.

Each kind of limit counts something else, so each brings its own use, chosen so that 80 % of any of them means the
same to an operator: close to being killed.

- `cgroup`: the group's usage less `inactive_file`, because the kernel drops that cache before it kills. This is the
  working set by which Kubernetes evicts
  (https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/, and cAdvisor's
  `container_memory_working_set_bytes`). It counts the whole group whose limit binds, siblings included.
- `rlimit`: `RLIMIT_AS` against the address space (VmSize), `RLIMIT_DATA` against private writable memory (VmData);
  see getrlimit(2). `RLIMIT_RSS` has no effect since Linux 2.4.30 and is ignored.
- `physical`: MemTotal less MemAvailable of the whole machine. The kernel kills when the machine is out of memory,
  whoever used it, so the share of this process alone would stay calm until the end.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from paceline.observe import cgroup as groups
from paceline.observe import kernel_files

Kind = Literal["cgroup", "rlimit", "physical"]

_UNLIMITED = 1 << 60
"""Version 1 writes 'no limit' as the largest multiple of a page below 2^63; no machine has an exabyte."""

_FILES = {1: ("memory.limit_in_bytes", "memory.usage_in_bytes"), 2: ("memory.max", "memory.current")}


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """A limit of memory and how much of it is used."""

    bytes: int
    kind: Kind
    used_bytes: int | None
    """What counts against this limit (see the module), `None` if it cannot be read."""
    high_bytes: int | None = None
    """`memory.high` of the groups, if set: above it the kernel slows the process down instead of killing it."""


def smallest(status: dict[str, int], *, proc: Path, cgroup: Path) -> MemoryLimit | None:
    """Return the smallest real limit, or `None` if not even the machine's memory is known.

    Args:
        status: the fields of `/proc/self/status` in bytes.
        proc: where the process file system is.
        cgroup: where the control groups are.
    """
    limits = (_of_groups(proc, cgroup), *_of_resources(status, proc), _of_machine(proc))
    return min((limit for limit in limits if limit is not None), key=lambda limit: limit.bytes, default=None)


def _of_groups(proc: Path, cgroup: Path) -> MemoryLimit | None:
    lineage = groups.lineage("memory", proc=proc, cgroup=cgroup)
    if lineage is None:
        return None
    limit_file, usage_file = _FILES[lineage.version]
    limits = [(kernel_files.number(folder / limit_file), folder) for folder in lineage.folders]
    if lineage.version == 1:
        # Counts ancestors that a container cannot see; their usage is not visible either, the outermost is nearest.
        stat = kernel_files.fields(lineage.folders[0] / "memory.stat")
        limits.append((stat.get("hierarchical_memory_limit"), lineage.folders[-1]))
    real = [(limit, folder) for limit, folder in limits if limit and limit < _UNLIMITED]
    if not real:
        return None
    limit, folder = min(real, key=lambda found: found[0])
    highs = [kernel_files.number(each / "memory.high") for each in lineage.folders]
    used = _working_set(folder, usage_file)
    return MemoryLimit(limit, "cgroup", used, min((high for high in highs if high), default=None))


def _working_set(folder: Path, usage_file: str) -> int | None:
    usage = kernel_files.number(folder / usage_file)
    if usage is None:
        return None
    stat = kernel_files.fields(folder / "memory.stat")
    # Version 1 counts the children under `total_`; version 2 always counts them.
    cache = stat.get("total_inactive_file", stat.get("inactive_file", 0))
    return max(usage - cache, 0)


def _of_resources(status: dict[str, int], proc: Path) -> list[MemoryLimit]:
    limits = kernel_files.soft_limits(proc)
    pairs = (("Max address space", "VmSize"), ("Max data size", "VmData"))
    return [MemoryLimit(limits[name], "rlimit", status.get(used)) for name, used in pairs if limits.get(name)]


def _of_machine(proc: Path) -> MemoryLimit | None:
    machine = kernel_files.fields(proc / "meminfo")
    total, available = machine.get("MemTotal"), machine.get("MemAvailable")
    if not total:
        installed = _installed_bytes()
        return None if installed is None else MemoryLimit(installed, "physical", None)
    return MemoryLimit(total, "physical", None if available is None else max(total - available, 0))


def _installed_bytes() -> int | None:
    """Return the machine's memory where there is no `/proc` (macOS), or `None`."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") or None
    except (AttributeError, OSError, ValueError):
        return None
