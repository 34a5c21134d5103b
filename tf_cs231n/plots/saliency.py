"""Figures of network visualisation: maps and overlays, fooled pictures, classes, curves."""

import functools
import os

import numpy as np
from matplotlib.figure import Figure

from tf_cs231n import plots
from tf_cs231n.arrays import check_array, check_list, check_texts
from tf_cs231n.errors import check_dict, check_text
from tf_cs231n.images import blur_image

METHODS_A_LINE = 4
MAX_WIDTH = 480  # pixels of an animation: noise does not compress, and a GIF should stay small


def heat_picture(heat):
    """Colour a map (H, W): black to yellow if it has no sign, else red for and blue against.

    Returns:
      uint8 (H, W, 3).
    """
    from matplotlib import cm

    heat = np.asarray(check_array("heat", heat, (None, None)), np.float64)
    if heat.min() >= 0:
        return np.uint8(255 * cm.inferno(plots.normalize(heat))[..., :3])
    most = max(np.percentile(np.abs(heat), 99.5), np.finfo(float).tiny)
    return np.uint8(255 * cm.RdBu_r(np.clip(0.5 + heat / most / 2, 0, 1))[..., :3])


def heat_overlay(picture, heat):
    """Lay what speaks for the class over the picture, softened so that regions show."""
    picture = check_array("picture", picture, (None, None, 3), np.uint8)
    heat = check_array("heat", heat, picture.shape[:2])
    positive = np.maximum(np.asarray(heat, np.float64), 0)
    return plots.overlay(picture, blur_image(positive[..., None], min(heat.shape) / 75)[..., 0])


def saliency_figure(pictures, maps, titles):
    """Image, map, overlay: a row a picture for one method, else maps over overlays, four a line.

    Args:
      pictures: list of uint8 (H, W, 3).
      maps: dict of method to a list of maps (H, W), one a picture.
      titles: list of str, one a picture.

    Returns:
      A ``Figure``.

    Raises:
      InputError: lists of other lengths, or something else in them.
    """
    plots.check_pictures("pictures", pictures)
    check_texts("titles", titles, len(pictures))
    for method, heats in check_dict("maps", maps).items():
        check_text("maps: each method", method)
        check_list("maps: each method's", heats, len(pictures))
        for picture, heat in zip(pictures, heats):
            check_array("maps: each", heat, picture.shape[:2])
    if len(maps) == 1:
        ((method, heats),) = maps.items()
        rows = [[p, heat_picture(h), heat_overlay(p, h)] for p, h in zip(pictures, heats)]
        return plots.image_grid(rows, [[title, method, "overlay"] for title in titles])
    rows, labels = [], []
    methods = list(maps)
    for n, picture in enumerate(pictures):
        for first in range(0, len(methods), METHODS_A_LINE):
            line = methods[first : first + METHODS_A_LINE]
            rows.append([None if first else picture] + [heat_picture(maps[m][n]) for m in line])
            rows.append([None] + [heat_overlay(picture, maps[m][n]) for m in line])
            labels += [["" if first else titles[n], *line], [""] * (1 + len(line))]
    return plots.image_grid(rows, labels)


def magnified(original, changed):
    """The difference about middle grey, as strong as fits, and the factor it was magnified by.

    Args:
      original, changed: arrays (H, W, 3) in 0..255.

    Returns:
      uint8 (H, W, 3), and the factor, a whole number.
    """
    original = check_array("original", original, (None, None, 3))
    changed = check_array("changed", changed, original.shape)
    difference = np.asarray(changed, np.float64) - original
    # A few pixels may saturate, else the rest stays grey.
    largest = max(np.percentile(np.abs(difference), 99.5), 1)
    factor = max(1, int(127 / largest))
    return np.uint8(np.clip(127.5 + factor * difference, 0, 255)), factor


def fooling_figure(originals, changed, before, after, size):
    """Original, fooled, difference magnified: a row a picture.

    Args:
      originals, changed: lists of (H, W, 3) in 0..255.
      before, after: lists of str, what the network sees and its scores.
      size: list of str, how large the change is.

    Returns:
      A ``Figure``.

    Raises:
      InputError: lists of other lengths, or something else in them.
    """
    num = len(check_list("originals", originals, most=plots.MAX_PICTURES))
    for original, other in zip(originals, check_list("changed", changed, num)):
        original = check_array("originals: each", original, (None, None, 3))
        check_array("changed: each", other, original.shape)
    for name, texts in (("before", before), ("after", after), ("size", size)):
        check_texts(name, texts, num)
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

    Raises:
      InputError: no method, or something else than its curves.
    """
    for name, curves in (("deletion", deletion), ("insertion", insertion)):
        for curve in check_dict(name, curves).values():
            parts = [getattr(curve, part, None) for part in ("fractions", "probabilities", "areas")]
            fractions = check_array(f"{name}: fractions", parts[0], (None,))
            probabilities = check_array(f"{name}: probabilities", parts[1], (None, len(fractions)))
            check_array(f"{name}: areas", parts[2], (len(probabilities),))
    figure = Figure(figsize=(12, 3.6), dpi=110)
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


def frame(pictures, text):
    """Pictures of one size side by side with a line of text below: a frame of an animation.

    Args:
      pictures: list of (H, W, 3) in 0..255.
      text: str.

    Returns:
      uint8 (H', W', 3).

    Raises:
      InputError: no picture, pictures of different sizes, or no text.
    """
    check_list("pictures", pictures, most=plots.MAX_PICTURES)
    first = check_array("pictures: each", pictures[0], (None, None, 3))
    pictures = [check_array("pictures: each", picture, first.shape) for picture in pictures]
    check_text("text", text)
    from PIL import Image, ImageDraw

    strip = Image.fromarray(np.concatenate([_uint8(picture) for picture in pictures], axis=1))
    if strip.width > MAX_WIDTH:
        height = round(strip.height * MAX_WIDTH / strip.width)
        strip = strip.resize((MAX_WIDTH, height), Image.LANCZOS)
    canvas = Image.new("RGB", (strip.width, strip.height + 22), (255, 255, 255))
    canvas.paste(strip, (0, 0))
    ImageDraw.Draw(canvas).text((5, strip.height + 3), text, fill=(20, 20, 20), font=_font(12))
    return np.asarray(canvas)


@functools.lru_cache(maxsize=None)
def _font(size):
    """The typeface that matplotlib brings along."""
    from matplotlib import get_data_path
    from PIL import ImageFont

    return ImageFont.truetype(os.path.join(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)


def _uint8(picture):
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)
