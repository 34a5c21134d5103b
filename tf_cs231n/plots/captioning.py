"""Pictures with their captions, and what of a picture gave each word."""

import textwrap

import numpy as np
from matplotlib.figure import Figure

from tf_cs231n.arrays import check_array, check_list, check_texts
from tf_cs231n.errors import InputError, check_count, check_number, check_text, shown
from tf_cs231n.plots import MAX_PICTURES, check_pictures, image_grid, overlay, plain, sheet

TRUE, FALSE, PLAIN = "#1a7f37", "#c62828", "#1c2128"


def captioned_images(pictures, captions, truths=None, columns=4, title=None):
    """A grid of pictures, each with its caption below; true ones green, false ones red.

    Args:
      pictures: list of uint8 (H, W, 3).
      captions: list of str; several lines stay several lines.
      truths: list of True, False or None; None: all plain.
      columns: pictures in a row.
      title: str above all, or None.

    Returns:
      A ``Figure``.

    Raises:
      InputError: no picture or more than `MAX_PICTURES`, or lists of other lengths or things.
    """
    check_pictures("pictures", pictures)
    check_texts("captions", captions, len(pictures))
    truths = [None] * len(pictures) if truths is None else truths
    check_list("truths", truths, len(pictures))
    if not all(truth is None or isinstance(truth, (bool, np.bool_)) for truth in truths):
        raise InputError(f"truths: got {shown(truths)}, expected True, False or None each")
    columns = min(check_count("columns", columns), len(pictures))
    check_text("title", title or "")
    rows = -(-len(pictures) // columns)
    texts = [_wrap(caption, 30) for caption in captions]
    lines = max(text.count("\n") + 1 for text in texts)
    cell, text_height, head = 2.2, 0.16 * lines + 0.12, 0.4 if title else 0.05
    width, height = columns * cell, rows * (cell + text_height) + head
    figure = sheet(width, height)
    for n, (picture, text, truth) in enumerate(zip(pictures, texts, truths)):
        row, column = divmod(n, columns)
        bottom = height - head - row * (cell + text_height) - cell
        box = [
            (column + 0.03) * cell / width,
            bottom / height,
            0.94 * cell / width,
            0.96 * cell / height,
        ]
        axes = figure.add_axes(box, anchor="S")
        axes.imshow(picture, interpolation="nearest")
        axes.set_axis_off()
        # The mark is for readers who do not see the colours.
        color, mark = {True: (TRUE, "✓ "), False: (FALSE, "✗ "), None: (PLAIN, "")}[truth]
        x, y = (column + 0.5) * cell / width, (bottom - 0.03) / height
        style = {"color": color, "fontsize": 8, "linespacing": 1.15}
        figure.text(x, y, mark + plain(text), ha="center", va="top", **style)
    if title:
        figure.suptitle(plain(title), fontsize=11, y=1 - 0.08 / height, va="top")
    return figure


def _wrap(caption, width):
    return "\n".join(
        part for line in caption.split("\n") for part in textwrap.wrap(line, width) or [""]
    )


def explained_words(picture, words, attributions, columns=6):
    """The picture, then for each word of its caption what gave it, brightest where most.

    Args:
      picture: uint8 (S, S, 3).
      words: list of T str.
      attributions: float (T, S, S), as `PictureCaptioner.attributions`.
      columns: pictures in a row.

    Returns:
      A ``Figure``.

    Raises:
      InputError: no word, or attributions that do not fit the words or the picture.
    """
    check_texts("words", words, most=MAX_PICTURES)
    check_array("picture", picture, (None, None, 3), np.uint8)
    shape = (len(words), *picture.shape[:2])
    attributions = check_array("attributions", attributions, shape)
    check_count("columns", columns)
    cells = [picture] + [overlay(picture, heat) for heat in attributions]
    titles = ["the picture"] + list(words)
    columns = min(columns, len(cells))
    cells += [None] * (-len(cells) % columns)
    titles += [""] * (-len(titles) % columns)
    rows = [list(range(n, n + columns)) for n in range(0, len(cells), columns)]
    return image_grid(
        [[cells[n] for n in row] for row in rows],
        [[titles[n] for n in row] for row in rows],
        suptitle=_wrap(" ".join(word for word in words if word != "<END>"), 18 * columns),
        cell=1.7,
    )


def validation_curves(history):
    """Training loss and validation scores over the steps.

    Args:
      history: list of `train.Progress`.

    Returns:
      A ``Figure``.

    Raises:
      InputError: no step, or something else in the list.
    """
    for p in check_list("history", history):
        step, values, scores = (getattr(p, name, None) for name in ("step", "values", "scores"))
        if not isinstance(values, dict) or not isinstance(scores, (dict, type(None))):
            raise InputError(f"history: got {shown(p)} in it, expected a train.Progress")
        numbers = {"step": step, "loss": values.get("loss"), **(scores or {})}
        for name, number in numbers.items():
            check_number(f"history: {name}", number)
    figure = Figure(figsize=(8, 3), dpi=110)
    left, right = figure.subplots(1, 2)
    steps = np.array([p.step for p in history])
    losses = np.array([p.values["loss"] for p in history])
    left.plot(steps, losses, linewidth=0.6, color="#9ecae1")
    window = max(1, len(losses) // 40)
    smooth = np.convolve(losses, np.ones(window) / window, "valid")
    left.plot(steps[window - 1 :], smooth, linewidth=1.6, color="#1f77b4")
    left.set(xlabel="step", ylabel="loss (nats a caption)")
    scored = [p for p in history if p.scores]
    for name in ("CIDEr", "BLEU-4", "true"):
        if scored and name in scored[0].scores:
            scale = 10 if name == "CIDEr" else 1
            label = "CIDEr / 10" if name == "CIDEr" else name
            values = [p.scores[name] / scale for p in scored]
            right.plot([p.step for p in scored], values, marker=".", label=label)
    right.set(xlabel="step", ylabel="validation score", ylim=(0, 1.02))
    if scored:
        right.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines["top"].set_visible(False)
        axes.spines["right"].set_visible(False)
    figure.tight_layout()
    return figure
