"""The demo's section on network visualization: what SqueezeNet looks at, and what it looks for."""

import contextlib
import io
import os
import shlex
import time

from tf_cs231n.cli import tf_cs231n
from tf_cs231n.demo import Entry
from tf_cs231n.interruption import stoppable

TITLE = "Network visualization"
TEXT = (
    "SqueezeNet explains itself on photographs through gradients of its class scores: which pixels "
    "made a score, how small a change fools it, and what it looks for in a class."
)

# command: {file it writes: (caption, settings)}. Running the very command that the page shows keeps
# both the same.
COMMANDS = {
    "saliency sample:cat sample:coffee sample:palace": {
        "saliency.png": (
            "Saliency: the pixels to which the score of the predicted class is most sensitive.",
            "224 pixels, the gradient's largest magnitude over colors",
        )
    },
    "saliency sample:cat -m all": {
        "attribution.png": (
            "Seven answers to the question which pixels made the score. Red speaks for the class, "
            "blue against it.",
            "SmoothGrad 25 samples, integrated gradients 50 steps, occlusion 32 pixels",
        )
    },
    "saliency sample:coffee -m gradient -m guided -m gradcam --check": {
        "faithful.png": ("Three methods, which the next figure tests.", ""),
        "faithful-check.png": (
            "Are the maps faithful? The probability of the class while the pixels that a map ranks "
            "highest are deleted, or inserted into a blurred image. The command also prints how "
            "the maps change when the network's weights are randomized: guided backpropagation "
            "hardly changes, so it shows edges rather than what the network knows.",
            "50 steps",
        ),
    },
    "fool sample:coffee --target hourglass": {
        "fooled.png": (
            "A change that nobody sees turns the espresso into an hourglass.",
            "gradient steps of length 1",
        ),
        "fooled.gif": ("The progress, with the change magnified.", ""),
    },
    "fool sample:cat --target hourglass -m pgd": {
        "pgd.png": (
            "No pixel changes by more than 2 of 255 levels: projected gradient descent.",
            "epsilon 2, Linf",
        )
    },
    "visualize tarantula gorilla hourglass --decorrelate --contrast 0.2": {
        "classes.png": (
            "What SqueezeNet looks for, drawn from noise by ascending the score of a class.",
            "100 steps in decorrelated frequencies and colors",
        ),
        "classes.gif": ("The progress.", ""),
    },
}


def entries(folder):
    """Run each command, its files into ``folder``, and yield an `Entry` for each file."""
    for command, files in COMMANDS.items():
        start = time.time()
        out = os.path.join(folder, next(iter(files)))
        arguments = [*shlex.split(command), "--out", out, "--overwrite"]
        with contextlib.redirect_stdout(io.StringIO()), stoppable() as stop:
            tf_cs231n.main(arguments, prog_name="tf-cs231n", standalone_mode=False)
            stop.check()  # of many images a command keeps those that are done
        seconds = time.time() - start
        for file, (caption, settings) in files.items():
            yield Entry(file, caption, settings, seconds, f"tf-cs231n {command}")
