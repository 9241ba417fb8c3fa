"""Recorded trees of kernel files, so that readers of /proc and /sys can be tested on machines we do not have."""

from dataclasses import dataclass
from pathlib import Path

STATUS = """Name:\tpython3
Umask:\t0022
State:\tR (running)
Groups:\t
VmPeak:\t  912340 kB
VmSize:\t  900000 kB
VmHWM:\t  130000 kB
VmRSS:\t  120000 kB
VmData:\t  400000 kB
Threads:\t9
"""

MEMINFO = """MemTotal:       16000000 kB
MemFree:         1000000 kB
MemAvailable:    4000000 kB
Buffers:          200000 kB
"""

UNLIMITED = """Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max data size             unlimited            unlimited            bytes
Max open files            1024                 1048576              files
Max address space         unlimited            unlimited            bytes
"""

PROCESS = {
    "proc/self/status": STATUS,
    "proc/self/statm": "225000 30000 8000 1 0 100000 0\n",
    "proc/self/limits": UNLIMITED,
    "proc/meminfo": MEMINFO,
}
"""A process of 900 MB address space on a machine of 16 GB, three quarters of it used, without control groups."""


@dataclass(frozen=True)
class Recorded:
    """The two roots of a recorded tree."""

    proc: Path
    cgroup: Path


def recorded(root: Path, *trees: dict[str, str | bytes]) -> Recorded:
    """Write files under `root` (`proc/...`, `cgroup/...`), later trees over earlier ones."""
    for tree in trees:
        for name, content in tree.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Recorded(root / "proc", root / "cgroup")
