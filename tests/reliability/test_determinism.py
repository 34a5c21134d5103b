"""Each command twice with one seed: the same words, and the same bytes in every file."""

import pytest
from homes import CAPTIONER, GAN, PREPARE, run_well
from soak import cases

pytest_plugins = "homes"

STYLE = ["--image-size", 36, "--max-evaluations", 3, "--init", "noise", "--seed", 3]
SMALL = ["--size", 48, "--seed", 3]
COMMANDS = [
    [*PREPARE, "--out", "prepared", "--seed", 3],
    [*CAPTIONER, "--folder", "new", "--steps", 4, "--validate-every", 2, "--seed", 3],
    [*["caption", "sample", "pictures/1.png", "--folder", "captioner", "--temperature", 1]]
    + ["--seed", 3, "--out", "captions.png"],
    [*["caption", "evaluate", "--folder", "captioner", "--data", "data"]],
    [*GAN, "--folder", "new", "--steps", 4, "--draw-every", 2, "--seed", 3],
    ["gan", "sample", "--folder", "gan", "--seed", 3],
    ["gan", "interpolate", "--folder", "gan", "--seed", 3],
    [*["gan", "evaluate", "--folder", "gan", "--number", 100, "--mnist", "builtin"]]
    + ["--seed", 3, "--out", "figures"],
    ["classify", "sample:cat", "--size", 64],
    ["saliency", "sample:cat", "-m", "smoothgrad", "--samples", 2, *SMALL],
    [*["fool", "sample:cat", "--target", "hourglass", "-m", "pgd", "--epsilon", 4]]
    + ["--max-iterations", 2, *SMALL],
    ["visualize", "goldfish", "--num-iterations", 2, *SMALL],
    ["style", "sample:palace", "sample:tissue", "--style-size", 34, *STYLE, "-o", "p.png"],
    ["invert", "sample:cat", *STYLE, "-o", "p.png", "--frames", "way.gif"],
    ["texture", "sample:tissue", "--style-size", 34, *STYLE, "-o", "p.png"],
    ["weights", "convert", "default", "weights.npz"],
]


def files(folder):
    """``{path: bytes}``, but for TensorBoard's events, which hold the time of day."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("events.")
    }


# The commands' own tests repeat some of them already.
@pytest.mark.parametrize(
    "command",
    cases(COMMANDS[:3] + COMMANDS[10:12], COMMANDS),
    ids=lambda command: " ".join(command[:2]),
)
def test_a_command_repeats_itself_byte_for_byte(command, user, pretrained):
    results = []
    for _ in range(2):
        folder = user("same")
        before = files(folder)
        run_well(command, folder, pretrained)
        after = files(folder)
        results.append({name: after[name] for name in after if after[name] != before.get(name)})
        folder.rename(folder.parent / f"run-{len(results)}")
    assert results[0].keys() == results[1].keys()
    different = [name for name in results[0] if results[0][name] != results[1][name]]
    assert not different
    assert results[0] or command[1] in ("evaluate", "sample:cat")
