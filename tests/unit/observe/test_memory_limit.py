"""The limit that ends the process first, and what counts against it."""

import pytest
from tests import fix_kernel_files

from paceline.observe import kernel_files, memory_limit

MIB = 1 << 20
KIB = 1 << 10

V2 = {"proc/self/cgroup": "0::/\n", "cgroup/cgroup.controllers": "cpu memory\n"}
NO_LIMIT_V1 = "9223372036854771712\n"


def _smallest(tree):
    status = kernel_files.fields(tree.proc / "self" / "status")
    return memory_limit.smallest(status, proc=tree.proc, cgroup=tree.cgroup)


def _recorded(tmp_path, *trees):
    return fix_kernel_files.recorded(tmp_path, fix_kernel_files.PROCESS, *trees)


def test_without_any_limit_the_machine_counts_with_what_all_processes_use(tmp_path):
    expected = memory_limit.MemoryLimit(16_000_000 * KIB, "physical", 12_000_000 * KIB)
    assert _smallest(_recorded(tmp_path)) == expected


def test_a_container_counts_its_working_set_without_cache_that_can_be_dropped(tmp_path):
    tree = _recorded(
        tmp_path,
        V2,
        {
            "cgroup/memory.max": f"{512 * MIB}\n",
            "cgroup/memory.high": "max\n",
            "cgroup/memory.current": f"{400 * MIB}\n",
            "cgroup/memory.stat": f"anon {250 * MIB}\nfile {150 * MIB}\ninactive_file {100 * MIB}\nactive_file 1\n",
        },
    )
    assert _smallest(tree) == memory_limit.MemoryLimit(512 * MIB, "cgroup", 300 * MIB)


def test_max_is_no_limit(tmp_path):
    tree = _recorded(tmp_path, V2, {"cgroup/memory.max": "max\n", "cgroup/memory.current": "1\n"})
    assert _smallest(tree).kind == "physical"


def test_a_limit_above_the_machine_is_not_the_real_one(tmp_path):
    tree = _recorded(tmp_path, V2, {"cgroup/memory.max": f"{64 << 30}\n", "cgroup/memory.current": "1\n"})
    assert _smallest(tree).kind == "physical"


def test_a_tighter_parent_binds_with_the_usage_of_all_its_children(tmp_path):
    tree = _recorded(
        tmp_path,
        V2,
        {
            "proc/self/cgroup": "0::/pod/app\n",
            "cgroup/pod/memory.max": f"{256 * MIB}\n",
            "cgroup/pod/memory.current": f"{200 * MIB}\n",
            "cgroup/pod/memory.high": f"{230 * MIB}\n",
            "cgroup/pod/app/memory.max": f"{512 * MIB}\n",
            "cgroup/pod/app/memory.current": f"{50 * MIB}\n",
            "cgroup/pod/app/memory.high": "max\n",
        },
    )
    assert _smallest(tree) == memory_limit.MemoryLimit(256 * MIB, "cgroup", 200 * MIB, high_bytes=230 * MIB)


def test_version_1_knows_an_ancestors_limit_that_the_container_cannot_see(tmp_path):
    tree = _recorded(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/\n0::/\n",
            "cgroup/memory/memory.limit_in_bytes": NO_LIMIT_V1,
            "cgroup/memory/memory.usage_in_bytes": f"{90 * MIB}\n",
            "cgroup/memory/memory.stat": f"inactive_file 1\nhierarchical_memory_limit {128 * MIB}\n"
            f"total_inactive_file {10 * MIB}\n",
        },
    )
    assert _smallest(tree) == memory_limit.MemoryLimit(128 * MIB, "cgroup", 80 * MIB)


def test_version_1_writes_no_limit_as_a_huge_number(tmp_path):
    tree = _recorded(
        tmp_path, {"proc/self/cgroup": "4:memory:/a\n", "cgroup/memory/a/memory.limit_in_bytes": NO_LIMIT_V1}
    )
    assert _smallest(tree).kind == "physical"


@pytest.mark.parametrize(
    ("name", "used_kib"), [("Max address space        ", 900_000), ("Max data size            ", 400_000)]
)
def test_a_resource_limit_counts_what_the_kernel_counts_against_it(tmp_path, name, used_kib):
    tree = _recorded(tmp_path, {"proc/self/limits": f"{name} {1 << 30}           unlimited            bytes\n"})
    assert _smallest(tree) == memory_limit.MemoryLimit(1 << 30, "rlimit", used_kib * KIB)


def test_usage_that_cannot_be_read_is_none_and_not_zero(tmp_path):
    tree = _recorded(tmp_path, V2, {"cgroup/memory.max": f"{512 * MIB}\n"})
    assert _smallest(tree) == memory_limit.MemoryLimit(512 * MIB, "cgroup", None)


def test_a_limit_of_zero_or_nonsense_is_none(tmp_path):
    for damage in ("0\n", "-5\n", "twelve\n", "", b"\xff\x00"):
        tree = _recorded(tmp_path, V2, {"cgroup/memory.max": damage})
        assert _smallest(tree).kind == "physical"


def test_without_proc_only_the_size_of_the_machine_is_known(tmp_path):
    limit = _smallest(fix_kernel_files.Recorded(tmp_path, tmp_path))
    assert limit.kind == "physical"
    assert limit.bytes > 0
    assert limit.used_bytes is None
