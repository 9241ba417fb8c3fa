"""CPU use between two samples, and the limit of a container."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import fix_kernel_files

from paceline import clock as clocks
from paceline.observe import cpu

V2 = {"proc/self/cgroup": "0::/pod/app\n", "cgroup/cgroup.controllers": "cpu\n"}
NOBODY_LIMITS = {"proc/stat": "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3\n"}


def _stat(throttled, periods=100, usec=0):
    return f"usage_usec 1\nnr_periods {periods}\nnr_throttled {throttled}\nthrottled_usec {usec}\n"


class _Process:
    """CPU time that is set by hand."""

    def __init__(self):
        self.ns = 0

    def __call__(self):
        return self.ns


def test_the_first_sample_has_nothing_to_compare_with(tmp_path):
    tree = fix_kernel_files.recorded(tmp_path, NOBODY_LIMITS)
    reading = cpu.CpuSampler(tree.proc, tree.cgroup).sample(clocks.FakeClock())
    reasons = dict(reading.unavailable)
    assert reading.process_percent is None
    assert reading.host_percent is None
    assert "two samples" in reasons["process_percent"]
    assert "two samples" in reasons["host_percent"]
    assert reading.cores >= 1


def test_the_process_is_measured_in_percent_of_one_core(tmp_path):
    clock, process = clocks.FakeClock(), _Process()
    sampler = cpu.CpuSampler(tmp_path, tmp_path, process)
    sampler.sample(clock)
    clock.advance(2)
    process.ns = 3_000_000_000
    assert sampler.sample(clock).process_percent == pytest.approx(150.0)


def test_no_time_between_two_samples_and_a_fork_are_no_negative_use(tmp_path):
    clock, process = clocks.FakeClock(), _Process()
    process.ns = 5
    sampler = cpu.CpuSampler(tmp_path, tmp_path, process)
    sampler.sample(clock)
    assert sampler.sample(clock).process_percent is None
    clock.advance(1)
    process.ns = 0
    assert sampler.sample(clock).process_percent == 0.0


def test_the_host_is_measured_over_all_cores_with_stolen_time_apart(tmp_path):
    clock = clocks.FakeClock()
    tree = fix_kernel_files.recorded(tmp_path, NOBODY_LIMITS)
    sampler = cpu.CpuSampler(tree.proc, tree.cgroup)
    sampler.sample(clock)
    # Of 100 new ticks: 20 user (5 of them guest), 10 system, 50 idle, 10 waiting for a disk, 10 stolen.
    fix_kernel_files.recorded(tmp_path, {"proc/stat": "cpu  120 0 110 850 10 0 0 10 5 0\n"})
    reading = sampler.sample(clock)
    assert reading.host_percent == pytest.approx(40.0)
    assert reading.steal_percent == pytest.approx(10.0)


def test_the_tightest_quota_of_all_ancestors_is_the_limit(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path,
        V2,
        {
            "cgroup/pod/app/cpu.max": "400000 100000\n",
            "cgroup/pod/cpu.max": "150000 100000\n",
            "cgroup/cpu.max": "max 100000\n",
        },
    )
    assert cpu.CpuSampler(tree.proc, tree.cgroup).sample(clocks.FakeClock()).limit_cores == pytest.approx(1.5)


def test_throttling_is_told_since_the_sample_before_and_in_total(tmp_path):
    clock = clocks.FakeClock()
    quota = {"cgroup/pod/app/cpu.max": "50000 100000\n"}
    tree = fix_kernel_files.recorded(tmp_path, V2, quota, {"cgroup/pod/app/cpu.stat": _stat(10, 100, 4_000)})
    sampler = cpu.CpuSampler(tree.proc, tree.cgroup)
    first = sampler.sample(clock)
    assert first.throttled_total_ms == pytest.approx(4.0)
    assert first.throttled_ms is None
    fix_kernel_files.recorded(tmp_path, {"cgroup/pod/app/cpu.stat": _stat(30, 180, 9_500)})
    second = sampler.sample(clock)
    assert second.throttled_ms == pytest.approx(5.5)
    assert second.throttled_period_ratio == pytest.approx(0.25)


def test_an_idle_group_has_no_share_of_periods(tmp_path):
    clock = clocks.FakeClock()
    tree = fix_kernel_files.recorded(tmp_path, V2, {"cgroup/pod/app/cpu.stat": _stat(1)})
    sampler = cpu.CpuSampler(tree.proc, tree.cgroup)
    sampler.sample(clock)
    reading = sampler.sample(clock)
    assert reading.throttled_ms == 0.0
    assert reading.throttled_period_ratio is None
    assert "period" in dict(reading.unavailable)["throttled_period_ratio"]


def test_version_1_counts_its_quota_and_throttled_nanoseconds(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path,
        {
            "proc/self/cgroup": "3:cpu,cpuacct:/docker/4f2a\n",
            "cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
            "cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "cgroup/cpu,cpuacct/cpu.stat": "nr_periods 9\nnr_throttled 3\nthrottled_time 7000000\n",
        },
    )
    reading = cpu.CpuSampler(tree.proc, tree.cgroup).sample(clocks.FakeClock())
    assert reading.limit_cores == pytest.approx(2.0)
    assert reading.throttled_total_ms == pytest.approx(7.0)


def test_no_quota_is_none_with_a_reason(tmp_path):
    tree = fix_kernel_files.recorded(
        tmp_path,
        {
            "proc/self/cgroup": "3:cpu:/\n",
            "cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
    )
    reading = cpu.CpuSampler(tree.proc, tree.cgroup).sample(clocks.FakeClock())
    assert reading.limit_cores is None
    assert "limit_cores" in dict(reading.unavailable)
    assert reading.throttled_total_ms is None


def test_real_work_of_this_process_shows():
    sampler = cpu.CpuSampler()
    sampler.sample(clocks.SYSTEM)
    sum(range(1_000_000))
    assert sampler.sample(clocks.SYSTEM).process_percent > 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_damaged_files_never_raise(tmp_path, content):
    tree = fix_kernel_files.recorded(
        tmp_path,
        {"proc/stat": b"cpu " + content, "proc/self/cgroup": "0::/\n", "cgroup/cgroup.controllers": ""},
        {"cgroup/cpu.max": content, "cgroup/cpu.stat": b"nr_periods " + content},
    )
    sampler = cpu.CpuSampler(tree.proc, tree.cgroup)
    sampler.sample(clocks.SYSTEM)
    assert sampler.sample(clocks.SYSTEM).cores >= 1
