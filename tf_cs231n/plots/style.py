"""Figures of style transfer."""

import numpy as np

from tf_cs231n.arrays import check_list
from tf_cs231n.errors import check_dict, check_number
from tf_cs231n.plots import check_pictures, curves, image_grid


def transfer_grid(contents, styles, pictures):
    """Each content painted in each style: contents down the left, styles along the top.

    Args:
      contents, styles: dicts of name to picture, uint8 (H, W, 3).
      pictures: a list for each content, with a picture for each style.

    Returns:
      A ``Figure``.

    Raises:
      InputError: another number of pictures, or something else in their places.
    """
    for name, named in (("contents", contents), ("styles", styles)):
        check_pictures(name, list(check_dict(name, named).values()))
    for painted in check_list("pictures", pictures, len(contents)):
        check_pictures("pictures: each", painted, len(styles))
    rows = [[None, *styles.values()]]
    titles = [["", *(f"style: {name}" for name in styles)]]
    for (name, content), painted in zip(contents.items(), pictures):
        rows.append([content, *painted])
        titles.append([f"content: {name}"] + [""] * len(painted))
    return image_grid(rows, titles)


def loss_curves(histories, title=None):
    """The least loss so far after each evaluation, a line for each optimiser.

    Args:
      histories: dict of label to list of `Losses`.
      title: str or None.

    Returns:
      A ``Figure``.

    Raises:
      InputError: no label, or a history that is no list of `Losses`.
    """
    series = {}
    for label, history in check_dict("histories", histories).items():
        check_list("histories: each", history)
        totals = [
            check_number("histories: total", getattr(losses, "total", None)) for losses in history
        ]
        least = np.minimum.accumulate(totals)
        series[label] = np.arange(1, len(least) + 1), least
    return curves(series, "evaluations of loss and gradient", "least loss so far", title, log=True)
