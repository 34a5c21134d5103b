"""Images with their captions, and which part of an image led to each word."""

import textwrap

import numpy as np
from matplotlib import font_manager

from tf_cs231n.plots import image_grid, overlay, plain, sheet, shortened
from tf_cs231n.plots.fonts import fitting

TRUE, FALSE, PLAIN = "#1a7f37", "#c62828", "#1c2128"


def captioned_images(images, captions, truths=None, columns=4, title=None, names=None):
    """A grid of images in their own shapes, each with its caption below.

    True captions are green, false ones red.

    Args:
      images: list of uint8 (H, W, 3).
      captions: list of str; line breaks are kept.
      truths: list of True, False or None; None: all plain.
      columns: images per row.
      title: str above all, or None.
      names: list of str, written above the images; or None.

    Returns:
      A ``Figure``.
    """
    truths = [None] * len(images) if truths is None else truths
    columns = min(columns, len(images))
    texts = [_wrap(caption, 30) for caption in captions]
    lines = max(text.count("\n") + 1 for text in texts)
    cell, head = 2.2, 0.4 if title else 0.05
    text_height = 0.16 * lines + (0.3 if names else 0.12)
    shapes = [min(image.shape[0] / image.shape[1], 1.25) for image in images]
    tall = [cell * max(shapes[n : n + columns]) for n in range(0, len(images), columns)]
    width, height = columns * cell, sum(tall) + len(tall) * text_height + head
    figure = sheet(width, height)
    for n, (image, text, truth) in enumerate(zip(images, texts, truths)):
        row, column = divmod(n, columns)
        bottom = height - head - row * text_height - sum(tall[: row + 1]) - (0.18 if names else 0)
        box = [(column + 0.03) * cell, bottom, 0.94 * cell, 0.96 * tall[row]]
        axes = figure.add_axes(np.divide(box, [width, height] * 2), anchor="S")
        axes.imshow(image, interpolation="nearest")
        axes.set_axis_off()
        if names:
            axes.set_title(plain(shortened(names[n])), fontsize=7, pad=2)
        x, y = (column + 0.5) * cell / width, (bottom - 0.03) / height
        _write_caption(figure, x, y, text, truth)
    if title:
        figure.suptitle(plain(title), fontsize=11, y=1 - 0.08 / height, va="top")
    return figure


def _write_caption(figure, x, y, text, truth):
    """Write a caption below a point, in a font that has its letters."""
    color, mark = {True: (TRUE, "✓ "), False: (FALSE, "✗ "), None: (PLAIN, "")}[truth]
    text, font = fitting(text)
    if font is not None:
        mark = {True: "(+) ", False: "(-) ", None: ""}[truth]  # the font may have no other
    properties = font_manager.FontProperties(fname=font, size=8)
    # The mark is for readers who cannot tell the colors apart.
    written = figure.text(x, y, mark + plain(text), ha="center", va="top", color=color)
    written.set(fontproperties=properties, linespacing=1.15)


def _wrap(caption, width):
    return "\n".join(
        part for line in caption.split("\n") for part in textwrap.wrap(line, width) or [""]
    )


def explained_words(image, words, attributions, columns=6):
    """The image, then one panel for each word of its caption, brightest where it mattered most.

    Args:
      image: uint8 (S, S, 3).
      words: list of T str.
      attributions: float (T, S, S), as from `ImageCaptioner.attributions`.
      columns: images per row.

    Returns:
      A ``Figure``.
    """
    cells = [image] + [overlay(image, heat) for heat in attributions]
    titles = ["the image"] + list(words)
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
      history: list of `train.TrainingProgress`, at least one.

    Returns:
      A ``Figure``.
    """
    figure = sheet(8, 3)
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
