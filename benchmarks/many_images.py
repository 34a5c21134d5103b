"""Many small images: a saliency map or the classes of each file of a folder, written as .npy.

A step is a whole process: `tf-cs231n saliency FOLDER --out-dir OUT` or `classify`, and a PyTorch
loop that runs as many at once. The photographs have 64 x 64 pixels.
"""

import functools
import os

import numpy as np
from PIL import Image
from rows import TORCH, Row, Side, check_close, ours
from startup import write_weights

from tf_cs231n.datasets import sample_image

SIZE, NUMBER = 64, 300
NAMES = ("cat", "coffee", "astronaut", "palace", "flower")


def rows():
    yield Row(
        f"saliency of {NUMBER} files",
        sides("saliency", number=NUMBER),
        same_arrays,
        problem=functools.partial(write_problem, NUMBER),
        repeats=1,
        rounds=3,
    )


def sides(task, **settings):
    script, settings = "many_images_worker.py", dict(settings, task=task)
    return {**ours(script, **settings), "PyTorch": Side(TORCH, script, dict(settings, torch=True))}


def write_problem(number, folder):
    """Crops of photographs as JPEGs, and the weights as an .npz, which PyTorch's side can read."""
    images = os.path.join(folder, "images")
    os.makedirs(images)
    photographs, rng = [sample_image(name, 200) for name in NAMES], np.random.RandomState(0)
    for n in range(number):
        photograph = photographs[n % len(photographs)]
        y, x = (rng.randint(side - SIZE) for side in photograph.shape[:2])
        crop = Image.fromarray(photograph[y : y + SIZE, x : x + SIZE])
        crop.save(os.path.join(images, f"{n:05}.jpg"), quality=95)
    write_weights(os.path.join(folder, "weights.npz"))
    return folder


def same_arrays(workers, folder):
    """Maps, or probabilities, of some of the images."""
    results = {name: worker.ask("check") for name, worker in workers.items()}
    for name, got in results.items():
        check_close(name, got, results["PyTorch"])
