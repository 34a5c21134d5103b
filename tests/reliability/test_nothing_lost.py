"""A kill at any write, and a full disk: the same command, run again, ends as the undisturbed one.

TensorBoard's event files aside, which hold the time of day.
"""

import shutil
import signal

import pytest
from children import Command, check_whole
from homes import CAPTIONER, GAN, PREPARE, run_well
from soak import SOAK

pytest_plugins = "homes"

STYLE = ["style", "sample:palace", "sample:tissue", "--image-size", 36, "--style-size", 34]
COMMANDS = {
    "caption train": [
        *[*CAPTIONER, "--folder", "out", "--steps", 4, "--validate-every", 2],
        *["--save-seconds", 0],
    ],
    "gan train": [*GAN, "--folder", "out", "--steps", 3, "--draw-every", 2, "--save-seconds", 0],
    "caption prepare": [*PREPARE, "--out", "out"],
    "style": [*STYLE, "--max-evaluations", 3, "-o", "out/p.png", "--frames", "out/p.gif"],
    "gan evaluate": [
        *["gan", "evaluate", "--folder", "gan", "--number", 100, "--mnist", "builtin"],
        *["--out", "out"],
    ],
}


def files(folder):
    """The bytes of a command's files, without locks and what a kill left unfinished."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (folder / "out").rglob("*")
        if path.is_file() and not path.name.startswith(("events.", "."))
    }


def different(some, others):
    names = sorted(some.keys() | others.keys())
    return [name for name in names if some.get(name) != others.get(name)]


@pytest.fixture
def undisturbed(user, pretrained):
    def run(name):
        folder = user("user")
        run_well(COMMANDS[name], folder, pretrained)
        found = files(folder)
        shutil.rmtree(folder)  # the next takes its name, which some files hold
        return found

    return run


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_any_write_a_command_ends_as_if_it_was_not(name, user, pretrained, undisturbed):
    expected, status, point = undisturbed(name), None, 2
    while status != 0:
        folder = user("user")
        with Command(COMMANDS[name], folder, pretrained, kill_at=point) as command:
            status = command.end()
        assert status in (0, -signal.SIGKILL), command.text
        check_whole(folder)
        if status:
            with Command(COMMANDS[name], folder, pretrained) as command:
                # What was killed after its last write has all its files already.
                assert command.end() == 0 or "exists already" in command.text, command.text
        assert different(files(folder), expected) == [], point
        shutil.rmtree(folder)
        point += 1 if SOAK else 15


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_one_line_and_with_room_the_command_goes_on(
    name, user, pretrained, undisturbed, small_disk
):
    expected, folder = undisturbed(name), user("user")
    (folder / "out").symlink_to(small_disk)
    (small_disk / "filler").write_bytes(bytes(96 << 10))
    with Command(COMMANDS[name], folder, pretrained) as command:
        assert command.end() == 2, command.text
    assert len(command.errors) == 1 and "Traceback" not in command.text, command.text
    assert "cannot write" in command.errors[0] and "free in" in command.errors[0]
    assert "Exception ignored" not in command.text
    (folder / "out").unlink()
    shutil.copytree(str(small_disk), str(folder / "out"), ignore=shutil.ignore_patterns("filler"))
    run_well(COMMANDS[name], folder, pretrained)
    assert different(files(folder), expected) == []
