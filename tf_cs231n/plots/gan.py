"""Figures of GANs: grids of samples, the two losses, the digits made, nearest training images."""

import numpy as np

from tf_cs231n.plots import curves, image_grid, sheet


def tile(images, columns=None, scale=2, gap=2):
    """Images side by side as one image, ink on paper.

    Args:
      images: uint8 (N, H, W) or (N, H, W, 3).
      columns: images in a row; None: as many as rows, or one more.
      scale: how many pixels wide and high each pixel becomes.
      gap: gray pixels between images, before scaling.

    Returns:
      uint8 (H', W', 3).
    """
    images = images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)
    N, H, W, _ = images.shape
    columns = columns or int(np.ceil(np.sqrt(N)))
    rows = -(-N // columns)
    sheet = np.full((rows * (H + gap) + gap, columns * (W + gap) + gap, 3), 90, np.uint8)
    for i, image in enumerate(images):
        top, left = gap + i // columns * (H + gap), gap + i % columns * (W + gap)
        sheet[top : top + H, left : left + W] = image
    return sheet.repeat(scale, axis=0).repeat(scale, axis=1)


def show_images(images):
    """The course's figure of a square of images, given as rows (N, H*W); a ``Figure``."""
    side = int(np.sqrt(images.shape[1]))
    columns = int(np.ceil(np.sqrt(len(images))))
    squares = list(images.reshape(-1, side, side))
    rows = [squares[i : i + columns] for i in range(0, len(squares), columns)]
    return image_grid(rows, cell=1.0)


def loss_curves(history, balance=None):
    """Both players' losses over the steps.

    Args:
      history: ``{"D_loss": (steps, values), "G_loss": ...}``, as `training.read_summaries` gives.
      balance: D's loss where it cannot tell real from fake, drawn as a dashed line; or None.

    Returns:
      A ``Figure``.
    """
    names = {"D_loss": "discriminator", "G_loss": "generator"}
    series = {names[name]: history[name] for name in names if name in history}
    figure = curves(series, "step", "loss", "Losses while training")
    if balance is not None:
        axes = figure.axes[0]
        axes.axhline(balance, color="0.4", linewidth=1, linestyle="--", label="D cannot tell")
        axes.legend(frameon=False, fontsize=8)
    return figure


def digit_bars(histogram, least=0.03):
    """How often each digit is among the samples; digits rarer than ``least`` in red."""
    figure = sheet(5.5, 2.8)
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
    """Each sample above its nearest training image, with their distance.

    Args:
      samples, nearest: uint8 (N, H, W) or (N, H, W, 3).
      distances: (N,), root mean square of the pixels' differences.

    Returns:
      A ``Figure``.
    """
    return image_grid(
        [list(samples), list(nearest)],
        titles=[[""] * len(samples), [f"{distance:.2f}" for distance in distances]],
        row_titles=["sample", "nearest real"],
        suptitle="Samples and the training images nearest to them",
        cell=1.0,
    )
