"""A full disk and too little memory: whole files, one clear line, and nothing lost."""

import random
import resource
import signal

import pytest
from children import Command, check_whole, unfinished
from homes import CAPTIONER, GAN, PREPARE, run_well
from soak import SOAK, cases

from tf_cs231n.training import checkpoints

pytest_plugins = "homes"

GO_ON = ["--steps", 6, "--save-seconds", 0]
STYLE = ["--image-size", 36, "--style-size", 34, "--max-evaluations", 2]
TRAININGS = {
    "captioner": [*CAPTIONER, "--folder", "captioner", *GO_ON],
    "gan": [*GAN, "--folder", "gan", *GO_ON],
}
COMMANDS = {
    **TRAININGS,
    "prepare": [*PREPARE, "--out", "prepared"],
    "convert": ["weights", "convert", "default", "weights.npz"],
    "style": ["style", "sample:palace", "sample:tissue", *STYLE, "-o", "p.png"],
    "visualize": ["visualize", "goldfish", "--num-iterations", 2, "--size", 48],
}


def starve(name, folder, pretrained, limits):
    """Run a command with little; a training goes on from where it was. Returns (status, errors)."""
    before = checkpoints.list_checkpoints(folder / name)
    with Command(COMMANDS[name], folder, pretrained, limits) as command:
        status = command.end()
    assert status != -signal.SIGKILL, "it hung"
    # Where libraries in C find no memory they end the process, or fail to load.
    lacks_memory = resource.RLIMIT_AS in limits
    died = lacks_memory and (status < 0 or status == 127)
    check_whole(folder)
    assert died or not unfinished(folder)
    if name in TRAININGS:
        assert checkpoints.list_checkpoints(folder / name)[-1:] >= before[-1:]
        run_well(COMMANDS[name], folder, pretrained)
        assert checkpoints.list_checkpoints(folder / name)[-1][0] == 6
    told = lacks_memory and ("emory" in command.text or "failed to map" in command.text)
    assert status in (0, 2) or died or told, command.text
    if status == 2:
        assert len(command.errors) == 1 and "Traceback" not in command.text, command.text
    return status, command.errors


@pytest.mark.parametrize("name", cases(["captioner", "prepare", "style"], COMMANDS))
def test_a_full_disk_is_one_clear_line_and_loses_nothing(name, user, pretrained):
    rng = random.Random(name)
    for case in range(cases(1, 50)):
        limits = {resource.RLIMIT_FSIZE: int(10 ** rng.uniform(0, 5))}
        status, errors = starve(name, user(str(case)), pretrained, limits)
        assert status == 0 or "File too large" in errors[0] or "cannot" in errors[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_far_too_little_memory_fails_and_ample_does_not(name, user, pretrained):
    for extra, works in ((2**20, False), (2**36, True)):
        status, _ = starve(name, user(str(extra)), pretrained, {resource.RLIMIT_AS: extra})
        assert (status == 0) == works


@pytest.mark.skipif(not SOAK, reason="make soak: what is just too little differs")
@pytest.mark.parametrize("name", cases(["captioner", "style"], COMMANDS))
def test_too_little_memory_loses_nothing(name, user, pretrained):
    rng = random.Random(name)
    for case in range(cases(1, 50)):
        limits = {resource.RLIMIT_AS: int(10 ** rng.uniform(6, 9))}
        starve(name, user(str(case)), pretrained, limits)
