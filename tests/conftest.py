import signal

import numpy as np
import pytest

from tf_cs231n.errors import InputError

# A shell starts what runs in its background deaf to Ctrl-C, which tests send.
signal.signal(signal.SIGINT, signal.default_int_handler)


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
