"""The way down: at each size the loss of an image and an optimizer, from the best before it."""

import functools

from tf_cs231n.images import resize
from tf_cs231n.interruption import Stopped
from tf_cs231n.pixels import colors, pyramid
from tf_cs231n.pixels.decorrelation import smooth_steps
from tf_cs231n.pixels.inputs import HIGH, LOW
from tf_cs231n.pixels.optimizers import LBFGSMemory, lbfgs


def descend(objective, pixels, images, keep_colors, minimize, progress, frame=0):
    """Minimize at each size in turn, from the best of the one before.

    Args:
      objective: function of an image of the content, uint8 (H, W, 3), at one size; returns the
        losses' function, such as an `Objective`.
      pixels: where to start, float32 of the first image's shape.
      images: the content at each size.
      keep_colors: as for `style_transfer`.
      minimize: one of `OPTIMIZERS`.
      progress: an `ImageProgress` of these sizes, which is left at the best of the last.
      frame: as for `smooth_steps`.

    Returns:
      Whether it was stopped.
    """
    memory = LBFGSMemory(pyramid.memory_size(pixels.shape[:2]))
    try:
        for image, (size, count) in zip(images, progress.levels):
            before = pixels.shape[:2]
            if size != before:
                memory = pyramid.resize_memory(memory, before, size)
                pixels = resize(pixels, size, "bicubic")
            losses = objective(colors.of_content(image, keep_colors))
            finish = functools.partial(colors.finish, content=image, keep_colors=keep_colors)
            evaluate = progress.start(losses, size, finish)
            smooth = functools.partial(smooth_steps, frame=frame)
            options = {"memory": memory, "smooth": smooth} if minimize is lbfgs else {}
            minimize(evaluate, pixels, LOW, HIGH, count, **options)
            if progress.evaluation < min(count, progress.patience):  # nothing leads down
                progress.look_at_style()
            pixels = progress.best
    except Stopped:
        return True
    return False
