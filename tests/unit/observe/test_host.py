"""The machine and the process around the application."""

import os
import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import fix_kernel_files

from paceline.observe import host

PSI = "some avg10={} avg60=0.16 avg300=0.22 total=6509486\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=0\n"
# The name holds what breaks a naive split: blanks and a closing bracket.
PROCESS_STAT = "42 (we ) ird) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 11 0 50000 900 800"

HOST = {
    "proc/pressure/cpu": PSI.format("12.50"),
    "proc/pressure/memory": PSI.format("0.00"),
    "proc/pressure/io": PSI.format("3.25"),
    "proc/loadavg": "1.50 0.75 0.25 2/345 6167\n",
    "proc/uptime": "1000.50 1900.00\n",
    "proc/self/stat": PROCESS_STAT,
    "proc/self/limits": fix_kernel_files.UNLIMITED,
    "proc/self/fd/0": "",
    "proc/self/fd/1": "",
    "proc/self/fd/7": "",
}


def _read(tree, disk):
    return host.read(disk, proc=tree.proc, cgroup=tree.cgroup)


def test_a_recorded_host_gives_its_numbers(tmp_path):
    reading = _read(fix_kernel_files.recorded(tmp_path, HOST), tmp_path)
    assert reading.pressure == host.Pressure(12.5, 0.0, 3.25)
    assert reading.load_average == (1.5, 0.75, 0.25)
    assert reading.descriptors == 2
    assert reading.descriptor_limit == 1024
    assert reading.threads == 11
    assert reading.host_uptime_s == pytest.approx(1000.5)
    assert reading.process_uptime_s == pytest.approx(1000.5 - 50_000 / os.sysconf("SC_CLK_TCK"))


def test_the_control_group_has_pressure_of_its_own(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path,
        HOST,
        {
            "proc/self/cgroup": "4:memory:/x\n0::/app\n",
            "cgroup/unified/app/cpu.pressure": PSI.format("80.00"),
            "cgroup/unified/app/io.pressure": "full avg10=1.00\n",
        },
    )
    reading = _read(tree, tmp_path)
    assert reading.group_pressure == host.Pressure(80.0, None, None)


def test_without_proc_every_gap_has_a_reason(tmp_path):
    reading = _read(fix_kernel_files.Recorded(tmp_path / "proc", tmp_path / "cgroup"), tmp_path)
    reasons = dict(reading.unavailable)
    assert {"pressure", "group_pressure", "threads", "host_uptime_s", "process_uptime_s"} <= reasons.keys()
    for name in reasons:
        assert getattr(reading, name) is None
    assert reading.descriptor_limit is not None or "descriptor_limit" in reasons
    assert reading.load_average is not None


def test_a_disk_that_is_not_there_is_none(tmp_path):
    reading = host.read(tmp_path / "absent")
    assert reading.disk_free_bytes is None
    assert "disk_free_bytes" in dict(reading.unavailable)


def test_this_process_tells_what_it_is():
    reading = host.read()
    assert reading.python_version == ".".join(map(str, sys.version_info[:3]))
    assert reading.implementation == sys.implementation.name
    assert reading.python_threads == threading.active_count()
    assert 0 < reading.disk_free_bytes <= reading.disk_total_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="counts /proc/self/fd")
def test_an_open_file_is_one_descriptor_more(tmp_path):
    before = host.read().descriptors
    with (tmp_path / "file").open("w"):
        assert host.read().descriptors == before + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_damaged_files_never_raise(tmp_path, content):
    names = [name for name in HOST if "/fd/" not in name]
    tree = fix_kernel_files.recorded(tmp_path, dict.fromkeys(names, content))
    assert _read(tree, tmp_path).python_version
