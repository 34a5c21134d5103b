"""SIGINT, SIGTERM and SIGKILL at random moments of every long command."""

import itertools
import random
import signal
import time

import pytest
from children import Command, check_whole
from homes import CAPTIONER, GAN, PREPARE
from soak import SOAK, cases

from tf_cs231n import checkpoints

pytest_plugins = "homes"
# What a random moment finds is for the soak, not for a check that must say the same each time.
pytestmark = pytest.mark.skipif(not SOAK, reason="make soak")

# Each has more to do than it will be given time for. (One that ends first must have ended well.)
ENDLESS = 10**6
SMALL = ["--image-size", 36, "--num-evaluations", ENDLESS, "--optimizer", "adam"]
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
    "saliency": ["saliency", "sample:cat", "-m", "occlusion", "--stride", 1],
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


def stop(arguments, number, folder, pretrained, rng):
    """Run a command, send a signal at a random moment, and check how it ends; return its text."""
    with Command(arguments, folder, pretrained) as command:
        command.wait_for("begun")
        time.sleep(rng.uniform(0, cases(1.5, 4)))  # whatever it does then, it must end well
        command.signal(number)
        status = command.end()
    if number == signal.SIGKILL:
        assert status in (-number, 0), command.text
    elif status:
        assert status == 130, command.text
        assert len(command.errors) == 1 and "stopped" in command.errors[0], command.text
    assert "Traceback" not in command.text and "Exception ignored" not in command.text
    check_whole(folder, killed=number == signal.SIGKILL)
    return command.text


EACH_TO_EACH = list(itertools.product(OTHERS, SIGNALS))
ONE_TO_EACH = list(zip(OTHERS, itertools.cycle(SIGNALS)))


@pytest.mark.parametrize("name, number", cases(ONE_TO_EACH, EACH_TO_EACH))
def test_a_stopped_command_leaves_whole_files_and_says_so(name, number, user, pretrained):
    rng = random.Random(f"{name} {number}")
    for case in range(cases(1, 50)):
        folder = user(f"{number}-{case}")
        home = folder / "pretrained" if name == "weights info" else pretrained
        stop(OTHERS[name], number, folder, home, rng)


@pytest.mark.parametrize("name", TRAININGS)
def test_a_stopped_training_goes_on_from_what_it_saved(name, user, pretrained):
    folder, rng = user("run"), random.Random(name)
    saved = 0
    for number in SIGNALS * cases(1, 50):
        text = stop(TRAININGS[name], number, folder, pretrained, rng)
        before, saved = saved, newest_step(folder / "run")
        assert saved >= before
        if "which is saved in run" in text:
            assert f"after step {saved}, which" in text


def newest_step(folder):
    newest, broken = checkpoints.newest_readable(folder)
    assert not broken
    return newest[0] if newest else 0
