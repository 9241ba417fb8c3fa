"""Memory of this process: true where it can be measured, named where it cannot."""

import ctypes
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import fix_kernel_files

from paceline.observe import memory

MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the real /proc")
glibc = pytest.mark.skipif(isinstance(memory.heap_reader(ctypes.CDLL(None)), str), reason="needs glibc 2.33")


@linux
def test_this_process_is_measured_whole():
    reading = memory.read()
    assert reading.rss_bytes > 5 * MIB
    assert reading.peak_rss_bytes >= reading.rss_bytes
    assert reading.allocated_blocks > 1_000
    assert reading.limit.bytes > reading.rss_bytes
    assert 0 < reading.usage_ratio < 1


@linux
def test_a_touched_buffer_shows_in_resident_memory_and_goes_again():
    before = memory.resident_bytes()
    buffer = bytearray(b"x" * (64 * MIB))
    held = memory.resident_bytes()
    del buffer
    assert held - before > 60 * MIB
    assert held - memory.resident_bytes() > 60 * MIB


@glibc
def test_a_large_block_shows_in_the_heap_and_among_the_large_blocks():
    before = memory.read()
    buffer = bytearray(64 * MIB)
    held = memory.read()
    assert held.large_blocks_bytes - before.large_blocks_bytes >= len(buffer)
    assert held.heap_used_bytes - before.heap_used_bytes >= len(buffer) - MIB
    assert held.heap_used_bytes <= held.heap_reserved_bytes


def test_a_recorded_process_gives_its_numbers_against_its_limit(tmp_path):
    tree = fix_kernel_files.recorded(tmp_path, fix_kernel_files.PROCESS)
    reading = memory.read(tree.proc, tree.cgroup)
    assert reading.rss_bytes == 30_000 * PAGE
    assert reading.peak_rss_bytes == 130_000 * 1024
    assert reading.usage_bytes == 12_000_000 * 1024
    assert reading.usage_ratio == pytest.approx(0.75)


def test_without_proc_every_gap_has_a_reason_and_nothing_is_zero(tmp_path):
    reading = memory.read(tmp_path / "proc", tmp_path / "cgroup")
    reasons = dict(reading.unavailable)
    assert reading.rss_bytes is None
    assert reading.native_bytes is None
    assert reading.usage_ratio is None
    assert {"rss_bytes", "native_bytes", "usage_bytes", "usage_ratio"} <= reasons.keys()
    assert all(reasons.values())
    for name in reasons:
        assert getattr(reading, name) is None


def test_an_unreadable_usage_leaves_the_limit_standing(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path,
        fix_kernel_files.PROCESS,
        {"proc/self/cgroup": "0::/\n", "cgroup/cgroup.controllers": "", "cgroup/memory.max": "1048576\n"},
    )
    reading = memory.read(tree.proc, tree.cgroup)
    assert reading.limit.bytes == MIB
    assert reading.usage_bytes is None
    assert "usage_bytes" in dict(reading.unavailable)


def test_a_heap_that_is_not_resident_says_nothing_about_the_rest(tmp_path):
    tree = fix_kernel_files.recorded(tmp_path, fix_kernel_files.PROCESS, {"proc/self/statm": "9 1 1 1 0 1 0\n"})
    reading = memory.read(tree.proc, tree.cgroup)
    assert reading.native_bytes is None
    assert "native_bytes" in dict(reading.unavailable)


def test_a_c_library_without_the_64_bit_books_is_a_gap():
    assert "mallinfo2" in memory.heap_reader(SimpleNamespace(mallinfo=lambda: None))


def test_another_allocator_is_named_instead_of_reading_books_that_nobody_keeps():
    assert "jemalloc" in memory.heap_reader(SimpleNamespace(mallctl=None, mallinfo2=lambda: None))


@linux
def test_a_real_address_space_limit_is_found_in_the_process_that_has_it():
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, resource.RLIM_INFINITY));"
        "from paceline.observe import memory; limit = memory.read().limit;"
        "print(limit.kind, limit.bytes, limit.used_bytes > 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["rlimit", str(2 << 30), "True"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_damaged_files_never_raise(tmp_path, content):
    names = ("self/status", "self/statm", "self/limits", "self/cgroup", "meminfo")
    groups = ("cgroup.controllers", "memory.max", "memory.current", "memory.stat")
    tree = fix_kernel_files.recorded(
        tmp_path,
        {f"proc/{name}": content for name in names},
        {f"cgroup/{name}": content for name in groups},
    )
    assert memory.read(tree.proc, tree.cgroup).allocated_blocks > 0
