"""A style-transfer step and the course's recipe: ours beside PyTorch's, interleaved.

    python benchmarks/style_step.py [SIZE ...] [--rounds N] [--json FILE]

One step is the loss and its gradient with respect to the pixels. Before anything is timed, all
sides must give the same loss and the same gradient to 1e-3 of the greatest entry. Memory is the
peak of a process that makes a few, `style_memory.py`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from interleave import ROOT, Worker, interleave, ratio, summary

SIDES = {
    "ours, TensorFlow 1.15": (".venv/bin/python", "benchmarks/style_ours.py", {}),
    "ours, TensorFlow 2": (".venv-current/bin/python", "benchmarks/style_ours.py", {}),
    "PyTorch, contiguous": (
        ".venv-bench/bin/python",
        "benchmarks/style_torch.py",
        {"layout": "contiguous"},
    ),
    "PyTorch, channels last": (
        ".venv-bench/bin/python",
        "benchmarks/style_torch.py",
        {"layout": "channels_last"},
    ),
}
OURS = [name for name in SIDES if name.startswith("ours")]
PYTORCH = [name for name in SIDES if name.startswith("PyTorch")]

PROBLEM = """
import sys
import numpy as np
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import preprocess_image
from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.squeezenet.weights import default_checkpoint
from tf_cs231n.style_transfer.objective import PixelNetwork
from tf_cs231n.style_transfer.settings import PRESETS
path, size = sys.argv[1], int(sys.argv[2])
s = PRESETS["starry"]
content = preprocess_image(sample_image("palace", size))
style = preprocess_image(sample_image("tissue", s["style_size"]))
layers = list(s["style_layers"])
weights = default_checkpoint()
with PixelNetwork(read_weights(weights), max(layers)) as network:
    grams = network.gram_matrices(style, layers)
    (target,) = network.features(content, [s["content_layer"]])
noise = 0.05 * np.random.RandomState(0).randn(*content.shape).astype(np.float32)
np.savez(path, weights=weights, pixels=(content + noise)[None], content_target=target,
    content_layer=s["content_layer"], content_weight=s["content_weight"], style_layers=layers,
    style_weights=[float(w) for w in s["style_weights"]], tv_weight=s["tv_weight"],
    **{"gram%d" % layer: gram for layer, gram in zip(layers, grams)})
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[192, 384, 768])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", help="where to write the figures")
    arguments = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in arguments.sizes:
            problem = os.path.join(folder, f"problem{size}.npz")
            subprocess.run(
                [os.path.join(ROOT, ".venv/bin/python"), "-c", PROBLEM, problem, str(size)],
                cwd=ROOT,
                check=True,
            )
            results[size] = compare(problem, folder, arguments.rounds, recipe=size == 192)
            report(size, results[size])
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)


def compare(problem, folder, rounds, recipe):
    workers = {
        name: Worker(python, script, dict(settings, problem=problem))
        for name, (python, script, settings) in SIDES.items()
    }
    try:
        check_equal(workers, folder)
        times = interleave(workers, rounds, repeats=3)
        best = min(PYTORCH, key=lambda name: summary(times[name])["median"])
        result = {
            "steps": {name: summary(seconds) for name, seconds in times.items()},
            "best_pytorch": best,
            "ratio": {name: ratio(times[best], times[name]) for name in OURS},
        }
        if recipe:
            result["recipe"] = workers[best].ask("adam_recipe")
            for name in OURS:
                until = workers[name].ask("lbfgs_until", loss=result["recipe"]["loss"])
                result["recipe"][name] = until
        return result
    finally:
        for worker in workers.values():
            worker.close()


def check_equal(workers, folder):
    """Stop unless all sides give the first one's loss and gradient to 1e-3."""
    reference = None
    for name, worker in workers.items():
        path = os.path.join(folder, "gradient.npy")
        loss, gradient = worker.ask("check", path=path), np.load(path)
        if reference is None:
            reference = loss, gradient
        off = abs(loss / reference[0] - 1)
        off = max(off, np.abs(gradient - reference[1]).max() / np.abs(reference[1]).max())
        if not off < 1e-3:
            sys.exit(f"{name} does other work: its loss or gradient differs by {off:.1e}")


def report(size, result):
    print(f"\n{size} px, one step in ms: median (quartiles), least")
    for name, t in result["steps"].items():
        print(f"  {name:24} {t['median']:8.1f} ({t['low']:.1f}-{t['high']:.1f}), {t['least']:.1f}")
    for name, (middle, low, high) in result["ratio"].items():
        best = result["best_pytorch"]
        print(f"  {name}: {middle:.2f} ({low:.2f}-{high:.2f}) times as fast as {best}")
    if "recipe" in result:
        r = result["recipe"]
        print(f"  the course's recipe in PyTorch: loss {r['loss']:.0f} in {r['seconds']:.2f} s")
        for name in OURS:
            o = r[name]
            print(
                f"  {name}: there in {o['seconds']:.2f} s, {o['evaluations']} evaluations "
                f"(set-up {o['setup_seconds']:.1f} s), after 200 {o['loss'] / r['loss']:.3f} of it"
            )


if __name__ == "__main__":
    main()
