"""Drawing: the parts that the figures of every subject share.

Figures are matplotlib ``Figure`` objects made without pyplot, so they need no screen
and no figure stays in memory. `save_figure` and `save_animation` write files whole or not at all.
"""

import io

import numpy as np

from tf_cs231n.errors import short
from tf_cs231n.files import (
    animation_extension,
    check_output,
    figure_extension,
    whole_file,
    write_bytes,
)

MAX_DOTS = 60_000  # along a side; matplotlib refuses 2**16
CELL = 2.4  # inches: the side of one image in a grid


def image_grid(rows, titles=None, row_titles=None, suptitle=None, cell=CELL, cmap="gray"):
    """Images in rows and columns, each with its title.

    Args:
      rows: list of lists of arrays (H, W, 3) uint8 or (H, W) float; None leaves a cell empty.
      titles: list of lists of str, as ``rows``; or None.
      row_titles: a str for each row, written at its left; or None.
      suptitle: str above all; or None.
      cell: the side of a cell in inches.
      cmap: color map for (H, W) arrays.

    Returns:
      A ``Figure``.
    """
    titles = titles or [[""] * len(row) for row in rows]
    columns = max(len(row) for row in rows)
    # In inches: room for the row titles, the titles above each row, and each row's images.
    left = 0.35 if row_titles else 0.05
    head = 0.4 if suptitle else 0.05
    above = [0.06 + 0.16 * max(t.count("\n") + 1 if t else 0 for t in row) for row in titles]
    tall = [
        cell * max((p.shape[0] / p.shape[1] for p in row if p is not None), default=1)
        for row in rows
    ]
    width, height = left + cell * columns, head + sum(above) + sum(tall) + 0.05
    figure = sheet(width, height)
    top = height - head
    for r, row in enumerate(rows):
        top -= above[r] + tall[r]
        for c, image in enumerate(row):
            if image is None:
                continue
            box = [left + c * cell, top, 0.97 * cell, 0.97 * tall[r]]
            axes = figure.add_axes(np.divide(box, [width, height] * 2), anchor="N")
            axes.imshow(image, cmap=cmap, interpolation="nearest")
            axes.set_axis_off()
            axes.set_title(plain(titles[r][c]), fontsize=8, pad=3)
        if row_titles:
            where = (0.5 * left / width, (top + 0.5 * tall[r]) / height)
            figure.text(
                *where, plain(row_titles[r]), rotation=90, ha="center", va="center", fontsize=9
            )
    if suptitle:
        figure.suptitle(plain(suptitle), fontsize=11, y=1 - 0.08 / height, va="top")
    return figure


def sheet(width, height):
    """An empty figure of this size in inches, with fewer dots per inch if it is very large."""
    from matplotlib.figure import Figure  # half a second, which what draws nothing is spared

    return Figure(figsize=(width, height), dpi=min(110, MAX_DOTS / max(width, height)))


def plain(text):
    """The text as it reads: matplotlib would typeset what is between two dollars."""
    return text.replace("$", r"\$")


def shortened(name, most=38):
    """A file's name that fits above an image: its end, if it is long."""
    return name if len(name) <= most else "..." + name[3 - most :]


def overlay(image, heat, strength=0.65, cmap="inferno"):
    """Lay a heat map over the gray version of an image.

    Args:
      image: uint8 (H, W, 3).
      heat: float (H, W); drawn from its minimum to its 99.5th percentile.
      strength: opacity of the brightest heat, 0..1.

    Returns:
      uint8 (H, W, 3).
    """
    from matplotlib import cm

    heat = normalize(heat)
    color = getattr(cm, cmap)(heat)[..., :3]
    gray = image.astype(np.float64).mean(axis=-1, keepdims=True) / 255
    opacity = strength * heat[..., None]
    return np.uint8(255 * np.clip((1 - opacity) * gray + opacity * color, 0, 1))


def normalize(heat, percentile=99.5):
    """Map a heat map to 0..1, the top ``100 - percentile`` percent to 1."""
    heat = np.asarray(heat, np.float64)
    low, high = heat.min(), np.percentile(heat, percentile)
    return np.clip((heat - low) / max(high - low, 1e-300), 0, 1)


def curves(series, xlabel, ylabel, title=None, log=False, size=(5.5, 3.4)):
    """Lines in one frame.

    Args:
      series: dict of label to y values, or to a pair (x values, y values).
      xlabel, ylabel, title: str; units belong in them, and mathematics between dollars.
      log: a logarithmic y axis.
      size: width and height in inches.

    Returns:
      A ``Figure``.
    """
    figure = sheet(*size)
    axes = figure.add_subplot(1, 1, 1)
    for label, values in series.items():
        x, y = values if isinstance(values, tuple) else (range(len(values)), values)
        axes.plot(x, y, label=plain(str(label)), linewidth=1.4)
    if log:
        axes.set_yscale("log")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.25)
    axes.spines["top"].set_visible(False)
    axes.spines["right"].set_visible(False)
    if len(series) > 1:
        axes.legend(frameon=False, fontsize=8)
    if title:
        axes.set_title(title, fontsize=10)
    figure.tight_layout()
    return figure


def save_figure(figure, path, overwrite=True):
    """Write a figure as .png, .svg, .pdf or .jpg, whole or not at all; returns ``path``."""
    extension = figure_extension(path).lstrip(".")
    write_bytes(path, figure_content(figure, extension), overwrite)
    return path


def figure_content(figure, extension):
    """The bytes of a figure's file: "png", "svg", "pdf" or "jpg"."""
    # No date and no version in the file: the same figure is the same bytes.
    metadata = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    content = io.BytesIO()  # draw first: some writers do not notice a full disk
    figure.savefig(content, format=extension, metadata=metadata.get(extension))
    return content.getvalue()


def save_animation(path, frames, fps=10, hold=1.5, overwrite=True):
    """Write frames as a GIF or, by the extension, an MP4; returns ``path``.

    Args:
      path: .gif or .mp4.
      frames: list of uint8 arrays (H, W, 3) or (H, W), of one shape.
      fps: frames a second, 0.1 to 100.
      hold: seconds that the last frame is shown.
      overwrite: whether an existing file may be replaced.

    Raises:
      InputError: an unknown extension, or a full disk.
    """
    extension = animation_extension(path)
    check_output(path, overwrite)
    frames = list(frames) + [frames[-1]] * int(round(hold * fps))
    if extension == ".gif":
        write_bytes(path, _gif(frames, fps), overwrite)
    else:
        with whole_file(path, overwrite) as temporary:
            _write_mp4(temporary, frames, fps, path)
    return path


def _write_mp4(temporary, frames, fps, path):
    import imageio

    # H.264 wants even sides.
    even = [f[: f.shape[0] // 2 * 2, : f.shape[1] // 2 * 2] for f in frames]
    try:
        imageio.mimwrite(temporary, even, format="FFMPEG", fps=fps, macro_block_size=None)
        with imageio.get_reader(temporary, format="FFMPEG") as video:  # ffmpeg reports no failure
            written = video.count_frames()
    except (OSError, RuntimeError, IndexError) as error:
        raise OSError(f"{path}: cannot be written ({short(error)})") from error
    if written != len(frames):
        raise OSError(f"{path}: cannot be written; is the disk full?")


def _gif(frames, fps):
    from PIL import Image

    images = [Image.fromarray(frame) for frame in frames]
    content = io.BytesIO()
    images[0].save(
        content, "GIF", save_all=True, append_images=images[1:], duration=1000 / fps, loop=0
    )
    return content.getvalue()
