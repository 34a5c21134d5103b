import os
import signal
import subprocess
import sys
import types

import click
import pytest

from tf_cs231n import cli
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


NO_MEMORY = "error: out of memory: close other programs, or ask for smaller or fewer images"


@pytest.fixture
def failing_task(monkeypatch):
    """A task named `fail` that raises what it is given."""

    def install(error):
        @click.command()
        def fail():
            raise error

        monkeypatch.setitem(cli.TASKS, "fail", ("fail_module", "Fails."))
        monkeypatch.setitem(sys.modules, "fail_module", types.SimpleNamespace(fail=fail))

    return install


@pytest.mark.parametrize(
    "error, line",
    [
        (InputError("size: got 0,\n  expected 1"), "error: size: got 0, expected 1"),
        (
            FileNotFoundError(2, "No such file or directory", "x"),
            "error: x: No such file or directory",
        ),
        (OSError(28, "No space left on device"), "error: No space left on device"),
        (MemoryError(), NO_MEMORY),
        (tf.errors.ResourceExhaustedError(None, None, "OOM when allocating\nHint: ..."), NO_MEMORY),
    ],
)
def test_a_users_mistake_is_one_line_and_status_2(failing_task, fails_with_one_line, error, line):
    failing_task(error)
    assert fails_with_one_line("fail") == line


def test_debug_shows_the_traceback(failing_task, run_cli):
    failing_task(InputError("wrong"))
    status, _, err = run_cli("fail", "--debug")
    assert status == 2 and "Traceback" in err and err.endswith("error: wrong\n")


def test_ctrl_c_is_status_130(failing_task, run_cli):
    failing_task(KeyboardInterrupt())
    status, _, err = run_cli("fail")
    assert (status, err.strip()) == (130, "error: stopped")
    failing_task(KeyboardInterrupt("step 7 is saved"))
    assert run_cli("fail")[2].strip() == "error: step 7 is saved"


@pytest.fixture
def task(monkeypatch):
    """A task named `task` that calls the function it is given."""

    def install(function):
        command = click.Command("task", callback=function)
        monkeypatch.setitem(cli.TASKS, "task", ("task_module", "Does something."))
        monkeypatch.setitem(sys.modules, "task_module", types.SimpleNamespace(task=command))

    return install


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_without_a_loop_does_its_work_and_says_that_it_was_stopped(task, run_cli, number):
    before, done = signal.getsignal(number), []

    def work():
        os.kill(os.getpid(), number)
        done.append("work")

    task(work)
    status, _, err = run_cli("task")
    assert (status, err.strip()) == (130, f"error: stopped by {signal.Signals(number).name}")
    assert done and signal.getsignal(number) is before


def test_a_bug_is_not_hidden(failing_task, run_cli):
    failing_task(ZeroDivisionError("bug"))
    with pytest.raises(ZeroDivisionError):
        run_cli("fail")


def test_unknown_tasks_and_options_are_one_line(fails_with_one_line):
    assert "nonsense" in fails_with_one_line("nonsense")
    assert "--nonsense" in fails_with_one_line("classify", "--nonsense")
    assert "IMAGE" in fails_with_one_line("classify")


def test_a_mistyped_word_is_asked_about(fails_with_one_line):
    assert "did you mean saliency?" in fails_with_one_line("salency", "sample:cat")
    assert "did you mean evaluate?" in fails_with_one_line("gan", "evalute")
    assert "--method" in fails_with_one_line("saliency", "sample:cat", "--methd", "gradient")
    line = fails_with_one_line("classify", "sample:cat", "--size", 40, "--class", "tarantla")
    assert "did you mean tarantula?" in line


@pytest.mark.parametrize(
    "words, expected",
    [
        ("tf-cs231n sal", "plain,saliency"),
        ("tf-cs231n gan ev", "plain,evaluate"),
        ("tf-cs231n saliency --meth", "plain,--method"),
        ("tf-cs231n saliency -m gradc", "plain,gradcam"),
        ("tf-cs231n saliency --out-dir ma", "file,ma"),
        ("tf-cs231n saliency pho", "file,pho"),
    ],
)
def test_a_shell_completes_commands_options_and_files(monkeypatch, capsys, words, expected):
    monkeypatch.setenv("_TF_CS231N_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    with pytest.raises(SystemExit):
        cli.main(arguments=[])
    assert capsys.readouterr().out.split() == [expected]


@pytest.mark.parametrize("task", sorted(cli.TASKS))
def test_every_task_has_help(run_cli, task):
    status, out, _ = run_cli(task, "--help")
    assert status == 0 and "Usage:" in out


def test_the_overview_lists_every_task_without_tensorflow():
    code = (
        "import sys; from tf_cs231n.cli import main\n"
        "try: main(arguments=['--help'])\n"
        "except SystemExit as stop: assert not stop.code\n"
        "assert 'tensorflow' not in sys.modules and 'matplotlib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    out = done.stdout.decode()
    for task, (_, text) in cli.TASKS.items():
        assert task in out and text[:20] in out
    assert done.stderr == b""


def test_the_module_and_the_console_command_are_the_same():
    done = subprocess.run(
        [sys.executable, "-m", "tf_cs231n", "--version"], stdout=subprocess.PIPE, check=False
    )
    from tf_cs231n import __version__

    assert done.returncode == 0 and __version__ in done.stdout.decode()


def test_a_command_with_a_bar_works_without_standard_error(tmp_path):
    line = f"{sys.executable} -m tf_cs231n fool sample:cat --any -m fgsm --size 40 -o f.png 2>&-"
    done = subprocess.run(
        line,
        shell=True,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": REPOSITORY},
    )
    assert done.returncode == 0 and os.listdir(tmp_path) == ["f.png"]


def test_a_notebooks_way_to_draw_does_not_matter(tmp_path):
    arguments = ["saliency", "sample:cat", "--size", "40", "-o", "s.png"]
    done = subprocess.run(
        [sys.executable, "-m", "tf_cs231n", *arguments],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": REPOSITORY, "MPLBACKEND": "of another matplotlib"},
    )
    assert done.returncode == 0, done.stderr
    assert os.listdir(tmp_path) == ["s.png"]


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_without_standard_error_the_status_is_the_same(closed):
    for arguments, status in (("classify sample:cat --size 40", 0), ("classify nothing.png", 2)):
        line = f"{sys.executable} -m tf_cs231n {arguments} {closed}"
        assert subprocess.run(line, shell=True, stdout=subprocess.PIPE).returncode == status
