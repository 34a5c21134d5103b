"""How many processor cores this process may use, and thread pools that keep to them.

A machine's cores are not always a process's: ``taskset`` or a batch system gives it some of them,
and a container gets a quota of their time. A library that starts a thread for every core of the
machine then has threads that wait for each other.
"""

import contextlib
import math
import os
import sys

CGROUPS = "/sys/fs/cgroup"
OWN_CGROUP = "/proc/self/cgroup"


_most = None  # `limit`


def limit(threads):
    """From now on `usable_cores` says at most so many, as where many processes share a machine."""
    global _most
    _most = threads


def usable_cores():
    """The cores that this process may use: those it is bound to, and no more than its quota."""
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        cores = len(os.sched_getaffinity(0))
    return max(1, min([cores, _most or cores, *(math.ceil(quota) for quota in _quotas())]))


def prepare_numpy():
    """Tell OpenBLAS, NumPy's library of matrix products, what it does not find out by itself.

    It knows no quotas. It reads the environment when NumPy is imported, so this comes too late
    after that. What the user has set goes before.
    """
    if "numpy" in sys.modules:
        return
    named = any(name in os.environ for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"))
    if not named and usable_cores() < (os.cpu_count() or 1):
        os.environ["OPENBLAS_NUM_THREADS"] = str(usable_cores())


def _quotas():
    """The quotas of the process's control groups and of those around them, in cores."""
    with contextlib.suppress(OSError, ValueError), open(OWN_CGROUP, encoding="utf-8") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            if controllers and "cpu" not in controllers.split(","):
                continue
            folder = f"{CGROUPS}/cpu" if controllers else CGROUPS  # version 1, version 2
            while True:
                yield from _quota(folder + path)
                if path == "/":
                    break
                path = os.path.dirname(path)


def _quota(folder):
    """The quota of one control group, if it has one."""
    with contextlib.suppress(OSError, ValueError):
        if os.path.exists(f"{folder}/cpu.max"):
            quota, period = _words(f"{folder}/cpu.max")
        else:
            (quota,), (period,) = (
                _words(f"{folder}/cpu.cfs_{name}_us") for name in ("quota", "period")
            )
        if quota not in ("max", "-1"):
            yield int(quota) / int(period)


def _words(path):
    with open(path, encoding="utf-8") as file:
        return file.read().split()
