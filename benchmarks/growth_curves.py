"""How cost grows: the same work at sizes that grow, ours on both runtimes and PyTorch.

A point names its size, and the work that this size asks for, in any unit: what time should be
proportional to.
"""

import collections
import functools
import math

import caption_data_worker
import many_images
import style
from arithmetic import lstm_gflop, radford_gflop
from rows import TORCH, Side, ours

# settings: of the workers at this size. problem: as a `Row`'s, or None.
Point = collections.namedtuple("Point", "label work settings problem")
Point.__new__.__defaults__ = {}, None

# COCO 2014 in the course's layout: training captions, training images.
CAPTIONS, IMAGES = 400_135, 82_783
GAN_BATCH = 16


class Curve:
    """One curve.

    Args:
      name: what is done.
      size: what the points' labels are.
      points: list of `Point`.
      sides: dict of name to `Side`.
      repeats, rounds: steps of a turn, and turns; warmup: untimed steps before.
      together: whether the sides take turns; no machine has room for all at the largest sizes.
      first: whether the first step is a figure of its own.
    """

    def __init__(
        self, name, size, points, sides, repeats=3, rounds=3, warmup=1, together=True, first=False
    ):
        self.name, self.size, self.points, self.sides = name, size, list(points), sides
        self.repeats, self.rounds, self.warmup = repeats, rounds, warmup
        self.together, self.first = together, first


def curves():
    yield Curve("style step", "pixels", style_points(), style_sides(), repeats=1, together=False)
    for task in ("saliency", "classify"):
        points = [
            Point(f"{N:,}", N, {"number": N}, functools.partial(many_images.write_problem, N))
            for N in (1, 10, 100, 1_000, 10_000)
        ]
        sides = many_images.sides(task)
        yield Curve(f"{task}, files", "images", points, sides, repeats=1, rounds=1, warmup=0)
    sides = both_and_torch("caption_data_worker.py")
    yield Curve(
        "captioner training step, COCO", "captions", coco_points(), sides,
        repeats=7, warmup=0, together=False, first=True,
    )  # fmt: skip
    points = [Point(f"{N:,}", N, {"N": N}) for N in (1, 10, 100, 1_000)]
    yield Curve("captions, greedy", "captions", points, captioner_sides("sample"))
    yield Curve("captions, beam 3", "captions", points, captioner_sides("beam"))
    points = [Point(str(k), k, {"N": 100, "beam": k}) for k in (1, 2, 4, 8, 16)]
    yield Curve("100 captions by beam search", "hypotheses", points, captioner_sides("beam"))
    yield Curve("GAN step, DCGAN paper", "pixels", gan_points(), gan_sides())
    sizes = {"N": 25, "T": 16, "D": 256, "H": 512}
    for axis, values in (("T", (4, 16, 64, 256)), ("H", (64, 128, 256, 512, 1024))):
        every = [dict(sizes, **{axis: value}) for value in values]
        points = [Point(str(s[axis]), lstm_gflop(**s), s) for s in every]
        sides = both_and_torch("numpy_lstm_worker.py")
        yield Curve(f"NumPy LSTM over {axis}", axis, points, sides)


def both_and_torch(script, our_side="ours", **settings):
    """Our side on both runtimes, and PyTorch's, of a worker that does either."""
    return {
        **ours(script, **settings, side=our_side),
        "PyTorch": Side(TORCH, script, dict(settings, side="torch")),
    }


def captioner_sides(task):
    return both_and_torch("captioner_worker.py", our_side="graph", task=task)


def style_points():
    for size in (192, 384, 768, 1600, 3200):
        problem = functools.partial(style.write_problem, size)
        yield Point(f"{size:,}", size * (size * 640 // 427), {}, problem)


def style_sides():
    torch = Side(TORCH, "style_torch.py", {"task": "step", "channels_last": True})
    return {**ours("style_worker.py", task="step"), "PyTorch": torch}


def coco_points():
    for N in (1_000, 10_000, 100_000, CAPTIONS):
        images = math.ceil(N * IMAGES / CAPTIONS)
        problem = functools.partial(caption_data_worker.write_data, N, images)
        yield Point(f"{N:,}", N, {}, problem)


def gan_points():
    for size in (28, 32, 64):
        settings = {"architecture": f"radford {size}", "batch": GAN_BATCH}
        yield Point(str(size), radford_gflop(size, GAN_BATCH), settings)


def gan_sides():
    torch = Side(TORCH, "gan_worker.py", {"side": "torch tuned"})
    return {**ours("gan_worker.py", side="tensorflow"), "PyTorch": torch}
