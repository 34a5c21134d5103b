"""Figures of style transfer."""

import numpy as np

from tf_cs231n.plots import curves, image_grid


def transfer_grid(contents, styles, images):
    """Each content painted in each style: contents down the left, styles along the top.

    Args:
      contents, styles: dicts of name to image, uint8 (H, W, 3).
      images: a list for each content, with an image for each style.

    Returns:
      A ``Figure``.
    """
    rows = [[None, *styles.values()]]
    titles = [["", *(f"style: {name}" for name in styles)]]
    for (name, content), painted in zip(contents.items(), images):
        rows.append([content, *painted])
        titles.append([f"content: {name}"] + [""] * len(painted))
    return image_grid(rows, titles)


def loss_curves(histories, title=None):
    """The least loss so far after each evaluation, a line for each optimizer.

    Args:
      histories: dict of label to list of `Losses`.
      title: str or None.

    Returns:
      A ``Figure``.
    """
    series = {}
    for label, history in histories.items():
        least = np.minimum.accumulate([losses.total for losses in history])
        series[label] = np.arange(1, len(least) + 1), least
    return curves(series, "evaluations of loss and gradient", "least loss so far", title, log=True)
