"""Saliency maps of many small images: `saliency --out-dir` beside a PyTorch loop, speed and memory.

    python benchmarks/many_images.py [NUMBER] [--python PYTHON ...] [--torch PYTHON]

Makes NUMBER photographs of 64 x 64 pixels, lets each side write a map for each as .npy, checks that
the maps are the same, and prints images a second of wall and of processor time, start included, and
the memory after a tenth, a half and all of the images.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SIZE = 64
os.environ["PYTHONPATH"] = ROOT
sys.path.insert(0, ROOT)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("number", nargs="?", type=int, default=10_000)
    parser.add_argument(
        "--python", nargs="+", default=[".venv/bin/python", ".venv-current/bin/python"]
    )
    parser.add_argument("--torch", default=".venv-bench/bin/python")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        images, weights = os.path.join(folder, "images"), os.path.join(folder, "weights.npz")
        make_images(images, options.number)
        convert = ["-m", "tf_cs231n", "weights", "convert", "default", weights]
        subprocess.run([options.python[0], *convert], check=True, stdout=subprocess.DEVNULL)
        torch = os.path.join(ROOT, "benchmarks", "many_images_torch.py")
        sides = {"PyTorch": [options.torch, torch, images, weights]}
        for python in options.python:
            task = ["saliency", images, "--size", str(SIZE), "--format", "npy", "--out-dir"]
            sides[python] = [python, "-m", "tf_cs231n", *task]
        for name, command in sides.items():
            out = os.path.join(folder, name.replace("/", "-"))
            print(f"{name}: {measure([*command, out], out, options.number)}", flush=True)
            compare(out, os.path.join(folder, "PyTorch"), options.number)


def make_images(folder, number):
    """Crops of photographs, as JPEGs."""
    from tf_cs231n.datasets import sample_image

    os.makedirs(folder)
    names = ("cat", "coffee", "astronaut", "palace", "flower")
    photographs, rng = [sample_image(name, 200) for name in names], np.random.RandomState(0)
    for n in range(number):
        photograph = photographs[n % len(photographs)]
        y, x = (rng.randint(side - SIZE) for side in photograph.shape[:2])
        crop = Image.fromarray(photograph[y : y + SIZE, x : x + SIZE])
        crop.save(os.path.join(folder, f"{n:05}.jpg"), quality=95)


def measure(command, out, number):
    """Run a side; a line of what it took."""
    began, marks, peaks = time.time(), [number // 10, number // 2], []
    with open(out + ".log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if marks and os.path.isdir(out) and len(os.listdir(out)) >= marks[0]:
            peaks.append(peak_memory(process.pid))
            marks.pop(0)
        time.sleep(0.5)
    if status:
        with open(out + ".log") as log:
            raise SystemExit(f"{command} failed: {log.read()}")
    seconds, processor = time.time() - began, used.ru_utime + used.ru_stime
    memory = ", ".join(f"{peak:.0f}" for peak in [*peaks, used.ru_maxrss / 1024])
    return (
        f"{number / seconds:.0f} images a second, {1000 * processor / number:.2f} ms of processor "
        f"time an image; peak memory {memory} MB after a tenth, a half, all"
    )


def peak_memory(pid):
    """The peak so far of a process's resident memory, in MB."""
    with open(f"/proc/{pid}/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines["VmHWM"].split()[0]) / 1024


def compare(out, other, number):
    """Stop unless a few maps are those of PyTorch."""
    for n in range(0, number, max(1, number // 20)):
        ours, theirs = (np.load(os.path.join(folder, f"{n:05}.npy")) for folder in (out, other))
        error = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
        if not error < 1e-3:
            raise SystemExit(f"{out}: the map of image {n} differs from PyTorch's by {error:.1e}")


if __name__ == "__main__":
    main()
