"""The folders whose limits bind a process, in the layouts that occur."""

from tests import fix_kernel_files

from paceline.observe import cgroup as groups

V1_HOST = """12:memory:/docker/4f2a
11:cpu,cpuacct:/docker/4f2a
1:name=systemd:/docker/4f2a
0::/system.slice/containerd.service
"""


def _lineage(tree, controller):
    return groups.lineage(controller, proc=tree.proc, cgroup=tree.cgroup)


def test_version_2_goes_from_the_own_group_up_to_the_root(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path,
        {
            "proc/self/cgroup": "0::/kubepods.slice/pod1.slice/app.scope\n",
            "cgroup/cgroup.controllers": "cpu memory\n",
            "cgroup/kubepods.slice/pod1.slice/app.scope/memory.max": "max\n",
        },
    )
    lineage = _lineage(tree, "memory")
    assert lineage is not None
    assert lineage.version == 2
    assert [folder.name for folder in lineage.folders] == ["app.scope", "pod1.slice", "kubepods.slice", "cgroup"]


def test_a_container_with_its_own_namespace_sees_its_group_as_the_root(tmp_path):
    tree = fix_kernel_files.recorded(tmp_path, {"proc/self/cgroup": "0::/\n", "cgroup/cgroup.controllers": "memory\n"})
    assert _lineage(tree, "memory") == groups.Lineage(2, (tree.cgroup,))


def test_a_path_of_the_host_that_does_not_exist_inside_falls_back_to_the_mount(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path,
        {"proc/self/cgroup": V1_HOST, "cgroup/memory/memory.limit_in_bytes": "1\n", "cgroup/cpu/cpu.stat": ""},
    )
    assert _lineage(tree, "memory") == groups.Lineage(1, (tree.cgroup / "memory",))
    assert _lineage(tree, "cpu") == groups.Lineage(1, (tree.cgroup / "cpu",))


def test_controllers_mounted_together_are_found_under_their_joint_name(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path, {"proc/self/cgroup": V1_HOST, "cgroup/cpu,cpuacct/docker/4f2a/cpu.stat": ""}
    )
    mount = tree.cgroup / "cpu,cpuacct"
    assert _lineage(tree, "cpu") == groups.Lineage(1, (mount / "docker" / "4f2a", mount / "docker", mount))


def test_beside_version_1_the_unified_tree_has_its_own_folder(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path,
        {
            "proc/self/cgroup": V1_HOST,
            "cgroup/memory/docker/4f2a/memory.limit_in_bytes": "1\n",
            "cgroup/unified/system.slice/containerd.service/cpu.pressure": "",
        },
    )
    unified = groups.unified(proc=tree.proc, cgroup=tree.cgroup)
    assert unified is not None
    assert unified.folders[0] == tree.cgroup / "unified" / "system.slice" / "containerd.service"


def test_a_path_out_of_the_namespace_or_beyond_reason_means_the_root(tmp_path):
    for path in ("/../../other", "/a" * 5_000):
        tree = fix_kernel_files.recorded(
            tmp_path, {"proc/self/cgroup": f"0::{path}\n", "cgroup/cgroup.controllers": "memory\n"}
        )
        assert _lineage(tree, "memory") == groups.Lineage(2, (tree.cgroup,))


def test_no_or_damaged_membership_is_none(tmp_path):
    assert _lineage(fix_kernel_files.Recorded(tmp_path, tmp_path), "memory") is None
    for damage in (b"", b"\xff\xfe:::", b"0::", b"memory\n\n::\x00\n", b"7:memory:/\x00/x\n"):
        tree = fix_kernel_files.recorded(tmp_path, {"proc/self/cgroup": damage})
        assert _lineage(tree, "memory") is None
