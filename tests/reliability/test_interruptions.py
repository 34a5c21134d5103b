"""SIGINT, SIGTERM and SIGKILL in the midst of every long command, and at random moments."""

import random
import signal
import time

import pytest
from children import Command, check_whole, unfinished
from homes import CAPTIONER, GAN, PREPARE
from soak import SOAK, cases

from tf_cs231n.training import checkpoints

pytest_plugins = "homes"
# Each has more to do than it will be given time for. (One that ends first must have ended well.)
ENDLESS = 10**6
SMALL = ["--image-size", 36, "--max-evaluations", ENDLESS, "--optimizer", "adam"]
TRAINING = ["--folder", "run", "--steps", ENDLESS, "--save-seconds", 0]
TRAININGS = {
    "caption train": [*CAPTIONER, *TRAINING, "--validate-every", 5, "--patience", ENDLESS],
    "gan train": [*GAN, *TRAINING, "--draw-every", 5],
}
OTHERS = {
    "weights info": ["weights", "info"],  # makes the weights
    "weights convert": ["weights", "convert", "default", "weights.npz"],
    "caption prepare": [*PREPARE, "--out", "prepared"],
    "gan evaluate": [
        *["gan", "evaluate", "--folder", "gan", "--number", 100, "--mnist", "builtin"],
        *["--out", "figures"],
    ],
    "saliency": [
        *["saliency", "sample:cat", "-m", "gradient", "-m", "guided"],
        *["-m", "occlusion", "--stride", 1],
    ],
    "fool": [
        *["fool", "sample:cat", "--target", "hourglass", "--learning-rate", 1e-9],
        *["--max-iterations", ENDLESS, "--size", 64],
    ],
    "visualize": ["visualize", "goldfish", "--num-iterations", ENDLESS, "--size", 64],
    "style": ["style", "sample:palace", "sample:tissue", "--style-size", 34, *SMALL, "-o", "p.png"],
    "invert": ["invert", "sample:cat", *SMALL, "-o", "p.png", "--frames", "way.gif"],
    "texture": ["texture", "sample:tissue", "--style-size", 34, *SMALL, "-o", "p.png"],
    "demo": ["demo", "--out", "outputs"],
}
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


def printed(word, times=1):
    return lambda command, folder: command.wait_for(word, times)


def made(pattern):
    return lambda command, folder: command.wait_for_file(folder, pattern)


# What a command has done when it is in the midst of its work, and later.
MARKS = {
    "caption train": [made("run/model.ckpt-*.index"), made("run/captioner.npz")],
    "gan train": [made("run/model.ckpt-*.index"), made("run/samples/step-*.png")],
    "weights info": [made("pretrained/.*"), made("pretrained/*.index")],
    "weights convert": [made(".*weights.npz"), made("weights.npz")],
    "caption prepare": [made("prepared"), made("prepared/*.h5")],
    "gan evaluate": [made("figures"), made("figures/digits.png")],
    "saliency": [printed("1 done"), printed("2 done")],
    "fool": [printed(" done"), printed(" done", 4)],
    "visualize": [printed(" done"), printed(" done", 4)],
    "style": [printed(" done"), printed(" done", 4)],
    "invert": [printed(" done"), printed(" done", 4)],
    "texture": [printed(" done"), printed(" done", 4)],
    "demo": [printed("[1/5]"), made("outputs/saliency.png")],
}
MOMENTS = ["as it begins", "at work", "later"]


def reach(command, name, folder, moment):
    """Wait until the command is there."""
    command.wait_for("begun\n")
    if moment != MOMENTS[0]:
        MARKS[name][MOMENTS.index(moment) - 1](command, folder)


def stop(name, number, folder, pretrained, wait):
    """Run a command, send a signal after ``wait(command)``, check how it ends; return its text."""
    arguments, left = {**TRAININGS, **OTHERS}[name], unfinished(folder)
    with Command(arguments, folder, pretrained) as command:
        command.wait_for("begun\n")
        wait(command)  # whatever it does then, it must end well
        before = command.work()
        command.signal(number)
        status = command.end()
    assert command.work() - before < 3, command.text
    if number == signal.SIGKILL:
        assert status in (-number, 0), command.text
    elif status == -number:
        assert "ended\n" in command.text, command.text
    elif status:
        assert status == 130, command.text
        assert len(command.errors) == 1 and "stopped" in command.errors[0], command.text
    assert status or ENDLESS not in arguments
    assert "Traceback" not in command.text and "Exception ignored" not in command.text
    check_whole(folder)
    assert number == signal.SIGKILL or unfinished(folder) <= left
    return command.text


def stop_a_training(name, number, folder, pretrained, wait):
    """The same; returns the step that it saved."""
    before = newest_step(folder / "run")
    text = stop(name, number, folder, pretrained, wait)
    saved = newest_step(folder / "run")
    assert saved >= before
    if "which is saved in run" in text:
        assert f"after step {saved}, which" in text
    return saved


def cases_of(names):
    """Each signal that can be heeded at each moment; what kills asks for nothing."""
    return [
        pytest.param(name, number, moment, id=f"{name}-{number.name}-{moment}")
        for name in names
        for number in SIGNALS
        for moment in (["at work"] if number == signal.SIGKILL else MOMENTS)
    ]


@pytest.mark.parametrize("name, number, moment", cases_of(OTHERS))
def test_a_command_that_is_stopped_leaves_whole_files_and_says_so(
    name, number, moment, user, pretrained
):
    folder = user("at-work")

    def wait(command):
        reach(command, name, folder, moment)

    stop(name, number, folder, home(name, folder, pretrained), wait)


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_that_is_stopped_goes_on_from_what_it_saved(name, user, pretrained):
    folder = user("run")
    for _, number, moment in (case.values for case in cases_of([name])):
        saved = newest_step(folder / "run")

        def wait(command, moment=moment, saved=saved):
            reach(command, name, folder, moment)
            if moment != "as it begins":
                command.wait_for_file(folder, f"run/model.ckpt-{saved + 1}.index")

        now = stop_a_training(name, number, folder, pretrained, wait)
        assert moment == "as it begins" or now > saved


@pytest.mark.parametrize("name", [*TRAININGS, *OTHERS])
def test_a_second_signal_ends_a_command_at_once(name, user, pretrained):
    """The system itself acts on it, also where C code runs."""
    folder = user("at-work")
    with Command({**TRAININGS, **OTHERS}[name], folder, home(name, folder, pretrained)) as command:
        reach(command, name, folder, "at work")
        assert command.handles(signal.SIGINT)
        command.signal(signal.SIGINT)
        while command.handles(signal.SIGINT):  # until it has come
            time.sleep(0.001)
        before = command.work()
        command.signal(signal.SIGINT)
        assert command.end() in (-signal.SIGINT, 130), command.text  # 130: it has heeded the first
    assert command.work() - before < 0.1
    check_whole(folder)


def length_of(name, folder, pretrained):
    """Seconds that the command runs when nothing disturbs it, four at most."""
    with Command({**TRAININGS, **OTHERS}[name], folder, pretrained) as command:
        command.wait_for("begun\n")
        begun = time.monotonic()
        command.wait(4)
        return time.monotonic() - begun


def at_a_random_moment(rng, length):
    """Most often an early one, where a command does most that is new."""
    return lambda command: command.wait(length * rng.random() ** 2)


# What a random moment finds is for the soak, not for a check that must say the same each time.
soak_only = pytest.mark.skipif(not SOAK, reason="make soak")


@soak_only
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("name", OTHERS)
def test_a_command_stopped_at_any_moment_leaves_whole_files(name, number, user, pretrained):
    rng, folder = random.Random(f"{name} {number}"), user("undisturbed")
    length = length_of(name, folder, home(name, folder, pretrained))
    for case in range(cases(1, 50)):
        folder = user(f"{number}-{case}")
        stop(name, number, folder, home(name, folder, pretrained), at_a_random_moment(rng, length))


@soak_only
@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_stopped_at_any_moment_goes_on(name, user, pretrained):
    folder, rng = user("run"), random.Random(name)
    for number in SIGNALS * cases(1, 50):
        stop_a_training(name, number, folder, pretrained, at_a_random_moment(rng, 4))


def home(name, folder, pretrained):
    """`weights info` makes the weights: where there are none yet."""
    return folder / "pretrained" if name == "weights info" else pretrained


def newest_step(folder):
    newest, broken = checkpoints.newest_readable(folder)
    assert not broken
    return newest[0] if newest else 0
