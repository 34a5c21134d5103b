import fcntl
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


# Rough seconds of a processor. A worker takes the longest file that is left, so that all end
# together; of a file that is not here each test counts as a tenth of a second.
SECONDS = {
    "reliability/test_interruptions.py": 75,
    "test_norms.py": 63,
    "reliability/test_nothing_lost.py": 60,
    "test_style_transfer.py": 55,
    "assignment/test_checking.py": 50,
    "assignment/test_second_solutions.py": 50,
    "test_docs.py": 40,
    "studio/test_studio_browser.py": 45,
    "assignment/test_mistakes.py": 32,
    "studio/test_studio_panels.py": 30,
    "test_visualisation_results.py": 27,
    "reliability/test_bad_options.py": 25,
    "studio/test_studio_fool.py": 25,
    "test_notebooks_own_data.py": 22,
    "test_gan.py": 19,
    "commands/test_caption_command.py": 19,
    "reliability/test_long_runs.py": 15,
    "test_information.py": 15,
    "commands/test_gan_command.py": 15,
    "commands/test_cli.py": 12,
    "gan_training/test_gan_train.py": 10,
    "studio/test_studio_gan.py": 10,
    "training/test_cluster.py": 40,
    "training/test_towers.py": 30,
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class LongestFileFirst(LoadFileScheduling):
        def _assign_work_unit(self, node):
            def seconds(scope):
                return SECONDS.get(scope.rpartition("tests/")[2], len(self.workqueue[scope]) / 10)

            self.workqueue.move_to_end(max(self.workqueue, key=seconds), last=False)
            super()._assign_work_unit(node)

    return LongestFileFirst(config, log)


@pytest.fixture(scope="session")
def digit_judge(tmp_path_factory):
    """A `pretrained` folder with a classifier of the built-in digits, made once for all workers.

    It learns for a third of its time, and passes for one that has learned for all of it.
    """
    from tf_cs231n.datasets import load_mnist
    from tf_cs231n.gan_training import classifier

    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / "digit-judge"
    with open(str(root / "digit-judge.lock"), "w") as lock, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            patch.setenv("TF_CS231N_PRETRAINED", str(folder))
            classifier.DigitClassifier(load_mnist("builtin"), steps=200).close()
            for path in folder.glob("*/model.ckpt-200.*"):
                path.rename(str(path).replace("ckpt-200.", f"ckpt-{classifier.STEPS}."))
    return folder


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
