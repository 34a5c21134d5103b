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
        *["gan", "evaluate", "--folder", "gan", "--number", 1000, "--mnist", "builtin"],
        *["--out", "figures"],
    ],
    "saliency": ["saliency", *["sample:cat"] * 4, "-m", "occlusion", "--stride", 1],
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
# What a command has printed, or made, when it is in the midst of its work.
PRINTED = {
    "caption train": "loss",
    "gan train": "loss",
    "saliency": "0/4",
    "fool": "it/s",
    "visualize": "it/s",
    "style": "total=",
    "invert": "total=",
    "texture": "total=",
    "demo": "[1/5]",
}
MADE = {
    "weights info": "pretrained/.*",
    "caption prepare": "prepared",
    "weights convert": ".*weights.npz",
    "gan evaluate": "figures",
}


def stop(name, number, folder, pretrained, wait):
    """Run a command, send a signal after ``wait(command)``, check how it ends; return its text."""
    arguments, left = {**TRAININGS, **OTHERS}[name], unfinished(folder)
    with Command(arguments, folder, pretrained) as command:
        command.wait_for("begun\n")
        wait(command)  # whatever it does then, it must end well
        command.signal(number)
        status = command.end()
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


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("name", OTHERS)
def test_a_command_stopped_at_work_leaves_whole_files_and_says_so(name, number, user, pretrained):
    folder = user("at-work")

    def wait(command):
        if name in MADE:
            command.wait_for_file(folder, MADE[name])
        else:
            command.wait_for(PRINTED[name])
            assert PRINTED[name] in command.text

    stop(name, number, folder, home(name, folder, pretrained), wait)


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_stopped_at_work_goes_on_from_what_it_saved(name, user, pretrained):
    folder, saved = user("run"), 0
    for number in SIGNALS:
        before = saved
        saved = stop_a_training(
            name, number, folder, pretrained, lambda command: command.wait_for(PRINTED[name])
        )
        assert saved > before


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
