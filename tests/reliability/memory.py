"""How much memory a call takes at its worst, and a lid on it; Linux."""

import contextlib
import gc
import resource


def peak_bytes(call, collect=True):
    """The most memory that the call had beyond what there was before, garbage not counted."""
    if collect:
        gc.collect()
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the high-water mark begins anew
    before = _status("VmRSS")
    call()
    return _status("VmHWM") - before


@contextlib.contextmanager
def at_most(more):
    """Let the process ask for no more than this many bytes beyond what it has."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith(name + ":"))
