import os
import resource
import signal
import subprocess

import numpy as np
import pytest

from tf_cs231n.errors import InputError

# A shell starts what runs in its background deaf to Ctrl-C, and nohup to a hangup; tests send both.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def rng():
    return np.random.RandomState(231)


@pytest.fixture
def run_cli(capsys):
    """Call the command line in this process: returns (exit status, stdout, stderr)."""
    from tf_cs231n.cli import main

    def run(*arguments):
        capsys.readouterr()
        status = 0
        try:
            main(arguments=[str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code or 0
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


@pytest.fixture
def fails_with_one_line(run_cli):
    """Run a command that must fail as a user's mistake does; returns the line."""

    def run(*arguments):
        status, out, err = run_cli(*arguments)
        assert status == 2, (status, out, err)
        lines = [line for line in err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1 and err.splitlines()[-1] == lines[0], err
        assert "Traceback" not in err
        return lines[0]

    return run


@pytest.fixture
def raises_one_line():
    """`with raises_one_line("words"):` an InputError of one line that has the words."""
    import contextlib

    @contextlib.contextmanager
    def check(*words):
        with pytest.raises(InputError) as caught:
            yield
        message = str(caught.value)
        assert "\n" not in message
        for word in words:
            assert word in message, message

    return check


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 100 kB where mounting is allowed; else files of 100 kB at most."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(mount, stderr=subprocess.DEVNULL).returncode == 0:
        yield folder
        subprocess.run(["umount", str(folder)], check=True)
    else:
        print("mounting is not allowed here: a limit on files' sizes stands for the full disk")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100 << 10, before[1]))
        yield folder
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
