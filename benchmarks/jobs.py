"""Images a second of `tf-cs231n saliency FOLDER --out-dir` by one process and by two.

    python benchmarks/jobs.py [NUMBER]

A batch of NUMBER photographs of 200 x 260 pixels, 400 unless it is given, and one of a quarter of
them: the difference of their times is work without the start of processes, which two pay for, too.
Run it with the Python of the TensorFlow to measure, on a machine that does nothing else.
"""

import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

from tf_cs231n.datasets import sample_image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAMES = ("cat", "coffee", "astronaut", "palace", "flower")
WAYS = (("1 process", 1), ("2 processes", 2), ("2 processes", 2, "--threads", 1))
ROUNDS = 3


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with tempfile.TemporaryDirectory() as folder:
        counts = number // 4, number
        for count in counts:
            write_photographs(os.path.join(folder, str(count)), count)
        times = {way: {count: [] for count in counts} for way in WAYS}
        for _ in range(ROUNDS):
            for way in WAYS:
                for count in counts:
                    times[way][count].append(seconds(folder, count, way))
        for way, found in times.items():
            short, long = (np.median(found[count]) for count in counts)
            rate = (counts[1] - counts[0]) / (long - short)
            name = " ".join(map(str, [way[0], *way[2:]]))
            print(f"{name}: {long:.1f} s for {number} images, {rate:.1f} images a second")


def write_photographs(folder, count):
    os.mkdir(folder)
    photographs, rng = [sample_image(name, 300) for name in NAMES], np.random.RandomState(0)
    for n in range(count):
        photograph = photographs[n % len(photographs)]
        y, x = (rng.randint(side - least) for side, least in zip(photograph.shape, (200, 260)))
        crop = photograph[y : y + 200, x : x + 260]
        Image.fromarray(crop).save(os.path.join(folder, f"{n:05}.jpg"), quality=95)


def seconds(folder, count, way):
    out = tempfile.mkdtemp(dir=folder)
    command = [sys.executable, "-m", "tf_cs231n", "saliency", os.path.join(folder, str(count))]
    command += ["--out-dir", out, "--format", "npy", "--jobs", *map(str, way[1:])]
    begun = time.time()
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.time() - begun


if __name__ == "__main__":
    main()
