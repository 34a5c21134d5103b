"""Figures of GANs: grids of samples, the two losses, the digits made, nearest training pictures."""

import numpy as np
from matplotlib.figure import Figure

from tf_cs231n.arrays import check_array, check_list
from tf_cs231n.errors import InputError, check_count, check_dict, check_number, shown
from tf_cs231n.plots import MAX_PICTURES, check_curve, curves, image_grid


def tile(images, columns=None, scale=2, gap=2):
    """Pictures side by side as one picture, ink on paper.

    Args:
      images: uint8 (N, H, W).
      columns: pictures in a row; None: as many as rows, or one more.
      scale: how many pixels a side a pixel becomes.
      gap: grey pixels between pictures, before scaling.

    Returns:
      uint8 (H', W', 3).
    """
    N, H, W = check_array("images", images, (None, None, None), np.uint8).shape
    columns = None if columns is None else check_count("columns", columns, 1, 1000)
    check_count("scale", scale, 1, 100)
    check_count("gap", gap, 0, 1000)
    columns = columns or int(np.ceil(np.sqrt(N)))
    rows = -(-N // columns)
    sheet = np.full((rows * (H + gap) + gap, columns * (W + gap) + gap), 90, np.uint8)
    for i, image in enumerate(images):
        top, left = gap + i // columns * (H + gap), gap + i % columns * (W + gap)
        sheet[top : top + H, left : left + W] = image
    sheet = sheet.repeat(scale, axis=0).repeat(scale, axis=1)
    return np.repeat(sheet[:, :, None], 3, axis=2)


def loss_curves(history, balance=None):
    """Both players' losses over the steps.

    Args:
      history: ``{"D_loss": (steps, values), "G_loss": ...}``, as `training.read_summaries` gives.
      balance: D's loss where it cannot tell real from fake, drawn as a dashed line; or None.

    Returns:
      A ``Figure``.

    Raises:
      InputError: history has neither loss, or something else in its place; balance is no number.
    """
    names = {"D_loss": "discriminator", "G_loss": "generator"}
    check_dict("history", history)
    series = {
        names[name]: check_curve(f"history, {name}", history[name])
        for name in names
        if name in history
    }
    if not series:
        raise InputError(f"history: got {shown(history)}, expected D_loss or G_loss in it")
    if balance is not None:
        check_number("balance", balance)
    figure = curves(series, "step", "loss", "Losses while training")
    if balance is not None:
        axes = figure.axes[0]
        axes.axhline(balance, color="0.4", linewidth=1, linestyle="--", label="D cannot tell")
        axes.legend(frameon=False, fontsize=8)
    return figure


def digit_bars(histogram, least=0.03):
    """How often each digit is among the samples; digits below the share ``least`` in red."""
    histogram = check_array("histogram", histogram, (10,))
    check_number("least", least)
    figure = Figure(figsize=(5.5, 2.8), dpi=110)
    axes = figure.add_subplot(1, 1, 1)
    colors = ["#c0392b" if share < least else "#4878a8" for share in histogram]
    axes.bar(np.arange(10), 100 * np.asarray(histogram), color=colors)
    axes.axhline(10, color="0.4", linewidth=1, linestyle="--")
    axes.set_xticks(np.arange(10))
    axes.set_xlabel("digit, as the classifier reads it")
    axes.set_ylabel("share of the samples [%]")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    return figure


def nearest_grid(samples, nearest, distances):
    """Each sample above its nearest training picture, with their distance.

    Args:
      samples, nearest: uint8 (N, H, W).
      distances: (N,), root mean square of the pixels' differences.

    Returns:
      A ``Figure``.

    Raises:
      InputError: an argument of another shape or dtype, or more than 1,000 samples.
    """
    samples = check_array("samples", samples, (None, None, None), np.uint8)
    check_list("samples", samples, most=MAX_PICTURES)
    nearest = check_array("nearest", nearest, samples.shape, np.uint8)
    distances = check_array("distances", distances, samples.shape[:1])
    return image_grid(
        [list(samples), list(nearest)],
        titles=[[""] * len(samples), [f"{distance:.2f}" for distance in distances]],
        row_titles=["sample", "nearest real"],
        suptitle="Samples and the training pictures nearest to them",
        cell=1.0,
    )
