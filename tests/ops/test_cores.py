import os
import subprocess
import sys

import pytest

from tf_cs231n.ops import cores


@pytest.fixture
def in_group(tmp_path, monkeypatch):
    """Put the process into a control group, on a machine of eight cores."""

    def put(own, files=()):
        (tmp_path / "own").write_text(own)
        for name, text in dict(files).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

    monkeypatch.setattr(cores, "CGROUPS", str(tmp_path))
    monkeypatch.setattr(cores, "OWN_CGROUP", str(tmp_path / "own"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    return put


def test_without_a_quota_the_cores_are_those_the_process_is_bound_to(in_group):
    in_group("0::/a/b\n", {"a/b/cpu.max": "max 100000\n"})
    assert cores.usable_cores() == 8


def test_a_quota_counts_and_the_smallest_of_all_around_is_the_one(in_group):
    quotas = {"a/b/cpu.max": "400000 100000\n", "a/cpu.max": "250000 100000\n"}
    in_group("0::/a/b\n", quotas)
    assert cores.usable_cores() == 3  # 2.5, rounded up


def test_a_quota_of_the_older_control_groups_counts(in_group):
    quotas = {"cpu/a/cpu.cfs_quota_us": "50000\n", "cpu/a/cpu.cfs_period_us": "100000\n"}
    in_group("9:name=systemd:/\n4:cpu,cpuacct:/a\n", quotas)
    assert cores.usable_cores() == 1  # 0.5, and never none


def test_no_quota_is_found_where_nothing_is_known_of_control_groups(in_group):
    in_group("nonsense\n")
    assert cores.usable_cores() == 8


def test_numpy_keeps_to_the_cores_it_is_bound_to_and_to_a_quota():
    """In a process of its own: the threads are made when NumPy is imported."""
    script = """
import os
from tf_cs231n.ops import cores
os.sched_getaffinity = lambda pid: {0}
os.cpu_count = lambda: 64
cores.prepare_numpy()
import numpy
from threadpoolctl import threadpool_info
print([pool["num_threads"] for pool in threadpool_info()])
"""
    assert _in_a_process(script) == "[1]"


def _in_a_process(script):
    """What the script prints, without settings of ours."""
    environment = {
        name: v for name, v in os.environ.items() if not name.startswith(("OPENBLAS", "OMP"))
    }
    command = [sys.executable, "-c", script]
    return subprocess.check_output(command, env=environment, universal_newlines=True).strip()


def test_threads_may_be_fewer_than_cores_and_never_more(in_group):
    in_group("0::/a\n", {"a/cpu.max": "400000 100000\n"})
    for most, expected in ((1, 1), (3, 3), (9, 4), (None, 4)):
        cores.limit(most)
        assert cores.usable_cores() == expected
