"""Figures of network visualization: maps and overlays, fooling images, classes, curves."""

import functools
import os

import numpy as np

from tf_cs231n import plots
from tf_cs231n.images import blur_image, resize

METHODS_A_LINE = 4
MIN_WIDTH = 300  # so that the line below can be read
MAX_WIDTH = 480  # pixels of an animation: noise does not compress, and a GIF should stay small


def classes_figure(image, rows):
    """An image, and its classes as bars of their probabilities.

    Args:
      image: uint8 (H, W, 3).
      rows: list of dicts with "class_name" and "probability".

    Returns:
      A ``Figure``.
    """
    figure = plots.sheet(7.5, max(2.4, 0.4 + 0.26 * len(rows)))
    left, right = figure.subplots(1, 2)
    left.imshow(image, interpolation="nearest")
    left.set_axis_off()
    places = np.arange(len(rows))
    values = [row["probability"] for row in rows]
    right.barh(places, values, height=0.25, color="#1f77b4")
    for place, row in zip(places, rows):
        label = plots.plain(f" {row['class_name']}  {row['probability']:.1%}")
        right.text(0, place - 0.14, label, fontsize=8, va="bottom")
    right.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.7), yticks=[], xlabel="probability")
    for side in ("top", "right", "left"):
        right.spines[side].set_visible(False)
    figure.tight_layout()
    return figure


def heat_image(heat):
    """Color a map (H, W): black to yellow if it has no sign, else red for and blue against.

    A map that is zero everywhere is gray.

    Returns:
      uint8 (H, W, 3).
    """
    from matplotlib import cm

    heat = np.asarray(heat, np.float64)
    if not heat.any():
        return np.full(heat.shape + (3,), 128, np.uint8)
    if heat.min() >= 0:
        return np.uint8(255 * cm.inferno(plots.normalize(heat))[..., :3])
    most = max(np.percentile(np.abs(heat), 99.5), np.finfo(float).tiny)
    return np.uint8(255 * cm.RdBu_r(np.clip(0.5 + heat / most / 2, 0, 1))[..., :3])


def heat_overlay(image, heat):
    """Lay what speaks for the class over the image, smoothed so that regions show."""
    positive = np.maximum(np.asarray(heat, np.float64), 0)
    return plots.overlay(image, blur_image(positive[..., None], min(heat.shape) / 75)[..., 0])


def saliency_figure(images, maps, titles):
    """Image, map, overlay: a row per image for one method, else maps over overlays, four a line.

    Args:
      images: list of uint8 (H, W, 3).
      maps: dict of method to a list of maps (H, W), one per image.
      titles: list of str, one per image.

    Returns:
      A ``Figure``.
    """
    if len(maps) == 1:
        ((method, heats),) = maps.items()
        rows = [[p, heat_image(h), heat_overlay(p, h)] for p, h in zip(images, heats)]
        return plots.image_grid(
            rows, [[t, _label(method, h), "overlay"] for t, h in zip(titles, heats)]
        )
    rows, labels = [], []
    methods = list(maps)
    for n, image in enumerate(images):
        for first in range(0, len(methods), METHODS_A_LINE):
            line = methods[first : first + METHODS_A_LINE]
            rows.append([None if first else image] + [heat_image(maps[m][n]) for m in line])
            rows.append([None] + [heat_overlay(image, maps[m][n]) for m in line])
            names = [_label(method, maps[method][n]) for method in line]
            labels += [["" if first else titles[n], *names], [""] * (1 + len(line))]
    return plots.image_grid(rows, labels)


def rows_each(methods):
    """How many rows of images `saliency_figure` has for an image."""
    return 1 if len(methods) == 1 else 2 * -(-len(methods) // METHODS_A_LINE)


def _label(method, heat):
    return method if np.any(heat) else f"{method}: zero everywhere"


def magnified(original, changed):
    """The difference on middle gray, as strong as fits, and the factor that magnifies it.

    Args:
      original, changed: arrays (H, W, 3) in 0..255.

    Returns:
      uint8 (H, W, 3), and the factor, a whole number.
    """
    difference = np.asarray(changed, np.float64) - original
    # A few pixels may saturate; otherwise the rest would stay gray.
    largest = max(np.percentile(np.abs(difference), 99.5), 1)
    factor = max(1, int(127 / largest))
    return np.uint8(np.clip(127.5 + factor * difference, 0, 255)), factor


def fooling_figure(originals, changed, before, after, size):
    """Original, fooling image, difference magnified: a row per image.

    Args:
      originals, changed: lists of (H, W, 3) in 0..255.
      before, after: lists of str, what the network predicts and its scores.
      size: list of str, how large the change is.

    Returns:
      A ``Figure``.
    """
    rows, titles = [], []
    for original, other, *texts in zip(originals, changed, before, after, size):
        difference, factor = magnified(original, other)
        rows.append([_uint8(original), _uint8(other), difference])
        titles.append([texts[0], texts[1], f"difference x {factor}\n{texts[2]}"])
    return plots.image_grid(rows, titles, cell=3)


def curves_figure(deletion, insertion):
    """Deletion and insertion curves side by side.

    Args:
      deletion, insertion: dicts of method to a `faithfulness.Curves`.

    Returns:
      A ``Figure``.
    """
    figure = plots.sheet(12, 3.6)
    panels = (
        ("deletion", "lower is better", deletion),
        ("insertion", "higher is better", insertion),
    )
    for place, (name, which, curves) in enumerate(panels, start=1):
        axes = figure.add_subplot(1, 2, place)
        for method, curve in curves.items():
            mean = curve.probabilities.mean(axis=0)
            axes.plot(curve.fractions, mean, label=f"{method}  {curve.areas.mean():.3f}")
        axes.set_title(f"{name}, with its area: {which}", fontsize=10)
        axes.set_xlabel("share of pixels, highest ranked first")
        axes.set_ylabel("probability of the class")
        axes.set_ylim(-0.02, 1.02)
        axes.grid(alpha=0.25)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    figure.tight_layout()
    return figure


def frame(images, text):
    """Images of one size side by side with a line of text below: a frame of an animation.

    Args:
      images: list of (H, W, 3) in 0..255.
      text: str.

    Returns:
      uint8 (H', W', 3).
    """
    row = np.concatenate([_uint8(image) for image in images], axis=1)
    height, width = row.shape[:2]
    if width > MAX_WIDTH:
        row = resize(row, (round(height * MAX_WIDTH / width), MAX_WIDTH), "lanczos")
    return _labelled(row, text)


@functools.lru_cache(maxsize=None)
def _font(size):
    """The typeface that matplotlib brings along."""
    from matplotlib import get_data_path
    from PIL import ImageFont

    return ImageFont.truetype(os.path.join(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)


def strip(images, text):
    """Images of one size side by side with a line of text below, as wide as the text needs.

    Made without matplotlib, which would take a tenth of a second for each.

    Args:
      images: list of uint8 (H, W, 3).
      text: str.

    Returns:
      uint8 (H', W', 3).
    """
    return _labelled(np.concatenate(images, axis=1), text, _font(12).getlength(text) + 10)


def _labelled(row, text, least_width=0):
    from PIL import Image, ImageDraw

    times = max(1, MIN_WIDTH // row.shape[1])  # digits and their like, pixel by pixel
    row = row.repeat(times, axis=0).repeat(times, axis=1)
    height, width = row.shape[:2]
    canvas = Image.new("RGB", (max(width, int(least_width)), height + 22), (255, 255, 255))
    canvas.paste(Image.fromarray(row), (0, 0))
    ImageDraw.Draw(canvas).text((5, height + 3), text, fill=(20, 20, 20), font=_font(12))
    return np.asarray(canvas)


def _uint8(image):
    return np.clip(np.round(image), 0, 255).astype(np.uint8)
