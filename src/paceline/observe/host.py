"""The machine and the process around the application: pressure, load, disk, descriptors, age, identity.

Pressure is the share of the last ten seconds in which at least one task waited for a resource (PSI, `some avg10`;
https://docs.kernel.org/accounting/psi.html). The host's own tells a full machine, the control group's a container
that is too small; load average tells neither apart.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from paceline.observe import cgroup as groups
from paceline.observe import kernel_files

_NO_PROC = "needs the Linux /proc file system"
_NO_PRESSURE = "needs a Linux kernel with pressure stall information switched on"
_ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Pressure:
    """Percent of the last ten seconds in which at least one task waited; `None` where the kernel does not tell."""

    cpu_percent: float | None
    memory_percent: float | None
    io_percent: float | None


@dataclass(frozen=True, slots=True)
class HostReading:
    """The surroundings at one moment; every `None` is explained in `unavailable`."""

    pressure: Pressure | None
    """Of the whole machine."""
    group_pressure: Pressure | None
    """Of this process' control group."""
    load_average: tuple[float, float, float] | None
    """Over 1, 5 and 15 minutes."""
    disk_free_bytes: int | None
    """Left for this user."""
    disk_total_bytes: int | None
    descriptors: int | None
    """Open file descriptors of this process."""
    descriptor_limit: int | None
    """Soft limit of them, `None` if there is none."""
    threads: int | None
    """Threads of this process, those of native code included."""
    python_threads: int
    """Threads that Python knows."""
    host_uptime_s: float | None
    process_uptime_s: float | None
    python_version: str
    implementation: str
    """`cpython`, `pypy`."""
    platform: str
    """System, kernel release and machine."""
    unavailable: tuple[tuple[str, str], ...] = ()
    """(field, reason) of everything that is `None`."""


def counts(proc: Path = kernel_files.PROC) -> tuple[int | None, int | None]:
    """Return the open descriptors and the threads of this process, and nothing that takes more files."""
    return _descriptors(proc), _process_stat(proc)[0]


def read(disk: Path = _ROOT, *, proc: Path = kernel_files.PROC, cgroup: Path = kernel_files.CGROUP) -> HostReading:
    """Read the surroundings of this process; never raises.

    Args:
        disk: a path on the file system whose space counts, such as the store's folder.
        proc: where the process file system is.
        cgroup: where the control groups are.
    """
    gaps = kernel_files.Gaps()
    free, total = _space(disk)
    threads, started_s = _process_stat(proc)
    uptime_s = _uptime_s(proc)
    # The two files are read one after the other, so a process of this instant may seem to start in the future.
    age_s = None if uptime_s is None or started_s is None else max(uptime_s - started_s, 0.0)
    return HostReading(
        pressure=gaps.check("pressure", _host_pressure(proc), _NO_PRESSURE),
        group_pressure=gaps.check("group_pressure", _group_pressure(proc, cgroup), _NO_PRESSURE),
        load_average=gaps.check("load_average", _load_average(proc), "this platform keeps no load average"),
        disk_free_bytes=gaps.check("disk_free_bytes", free, "the path is not readable"),
        disk_total_bytes=gaps.check("disk_total_bytes", total, "the path is not readable"),
        descriptors=gaps.check("descriptors", _descriptors(proc), "needs /proc/self/fd or /dev/fd"),
        descriptor_limit=gaps.check("descriptor_limit", _descriptor_limit(proc), "no limit is set or known"),
        threads=gaps.check("threads", threads, _NO_PROC),
        python_threads=threading.active_count(),
        host_uptime_s=gaps.check("host_uptime_s", uptime_s, _NO_PROC),
        process_uptime_s=gaps.check("process_uptime_s", age_s, _NO_PROC),
        python_version=".".join(map(str, sys.version_info[:3])),
        implementation=sys.implementation.name,
        platform=_platform(),
        unavailable=gaps.listed(),
    )


def _host_pressure(proc: Path) -> Pressure | None:
    folder = proc / "pressure"
    return _pressure(folder / "cpu", folder / "memory", folder / "io")


def _group_pressure(proc: Path, cgroup: Path) -> Pressure | None:
    lineage = groups.unified(proc=proc, cgroup=cgroup)
    if lineage is None:
        return None
    folder = lineage.folders[0]
    return _pressure(folder / "cpu.pressure", folder / "memory.pressure", folder / "io.pressure")


def _pressure(cpu: Path, memory: Path, io: Path) -> Pressure | None:
    percents = (_some_avg10(cpu), _some_avg10(memory), _some_avg10(io))
    return None if percents == (None, None, None) else Pressure(*percents)


def _some_avg10(path: Path) -> float | None:
    """Return x of the line `some avg10=x avg60=y avg300=z total=n`."""
    for line in (kernel_files.text(path) or "").splitlines():
        words = line.split()
        if words[:1] == ["some"] and words[1:2]:
            name, _, value = words[1].partition("=")
            return kernel_files.decimal(value) if name == "avg10" else None
    return None


def _load_average(proc: Path) -> tuple[float, float, float] | None:
    words = (kernel_files.text(proc / "loadavg") or "").split()
    loads = [load for load in map(kernel_files.decimal, words[:3]) if load is not None]
    if len(loads) == 3:
        return loads[0], loads[1], loads[2]
    try:
        return os.getloadavg()
    except (AttributeError, OSError):
        return None


def _space(disk: Path) -> tuple[int | None, int | None]:
    try:
        usage = shutil.disk_usage(disk)
    except (AttributeError, OSError, ValueError):
        return None, None
    return usage.free, usage.total


def _descriptors(proc: Path) -> int | None:
    for folder in (proc / "self" / "fd", Path("/dev/fd")):
        try:
            with os.scandir(folder) as entries:
                # One of them is the descriptor that lists the folder.
                return max(sum(1 for _ in entries) - 1, 0)
        except OSError:
            continue
    return None


def _descriptor_limit(proc: Path) -> int | None:
    limits = kernel_files.soft_limits(proc)
    if limits:
        return limits.get("Max open files")
    try:
        import resource
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _process_stat(proc: Path) -> tuple[int | None, float | None]:
    """Return the number of threads and the seconds between boot and start, fields 20 and 22 of proc_pid_stat(5)."""
    # Field 2 is the name in brackets and may hold blanks and brackets, so counting begins behind the last one.
    words = (kernel_files.text(proc / "self" / "stat") or "").rpartition(")")[2].split()
    if len(words) < 20:
        return None, None
    ticks = kernel_files.integer(words[19])
    return kernel_files.integer(words[17]), None if ticks is None else ticks / os.sysconf("SC_CLK_TCK")


def _uptime_s(proc: Path) -> float | None:
    words = (kernel_files.text(proc / "uptime") or "").split(None, 1)
    return kernel_files.decimal(words[0]) if words else None


def _platform() -> str:
    """Return `Linux 6.1.0 x86_64`; the module `platform` may start a process to find the processor's name."""
    try:
        system = os.uname()
    except AttributeError:
        return sys.platform
    return f"{system.sysname} {system.release} {system.machine}"
