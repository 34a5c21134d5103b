"""Drawing: the pieces that every subject's figures are made of.

Figures are matplotlib ``Figure`` objects made without pyplot, so that nothing needs a screen and
no figure stays in memory. `save_figure` and `save_animation` write them whole.
"""

import io

import numpy as np
from matplotlib.figure import Figure

from tf_cs231n.arrays import check_array, check_list, check_texts, real_array
from tf_cs231n.errors import (
    InputError,
    check_dict,
    check_number,
    check_text,
    short,
    shown,
)
from tf_cs231n.files import (
    animation_extension,
    check_output,
    figure_extension,
    whole_file,
    write_bytes,
)

MAX_DOTS = 60_000  # along a side; matplotlib refuses 2**16
CELL = 2.4  # inches: the side of one picture in a grid
MAX_PICTURES = 1000  # of one figure, which is drawn in memory


def picture_grid(rows, titles=None, row_titles=None, suptitle=None, cell=CELL, cmap="gray"):
    """Pictures in rows and columns, each with its title.

    Args:
      rows: list of lists of arrays (H, W, 3) uint8 or (H, W) float; None leaves a cell empty.
      titles: list of lists of str, as ``rows``; or None.
      row_titles: a str for each row, written at its left; or None.
      suptitle: str above all; or None.
      cell: the side of a cell in inches.
      cmap: colour map for (H, W) arrays.

    Returns:
      A ``Figure``.

    Raises:
      InputError: no picture, an array that is none, or titles that don't fit the rows.
    """
    rows = [[None if p is None else _picture("rows", p) for p in row] for row in _rows(rows)]
    titles = titles or [[""] * len(row) for row in rows]
    if [len(row) for row in _rows(titles, "titles")] != [len(row) for row in rows]:
        raise InputError(f"titles: got {shown(titles)}, expected as many as pictures in each row")
    for row in titles:
        check_texts("titles", row, len(row))
    if row_titles:
        check_texts("row_titles", row_titles, len(rows))
    check_text("suptitle", suptitle or "")
    check_number("cell", cell, above=0, most=50)
    check_colours(cmap)
    columns = max(len(row) for row in rows)
    # In inches: room for the row titles, the titles above each row, and each row's pictures.
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
        for c, picture in enumerate(row):
            if picture is None:
                continue
            box = [left + c * cell, top, 0.97 * cell, 0.97 * tall[r]]
            axes = figure.add_axes(np.divide(box, [width, height] * 2), anchor="N")
            axes.imshow(picture, cmap=cmap, interpolation="nearest")
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
    """An empty figure of so many inches, of fewer dots an inch where it is very large."""
    return Figure(figsize=(width, height), dpi=min(110, MAX_DOTS / max(width, height)))


def plain(text):
    """The text as it is to be read: matplotlib would typeset what is between two dollars."""
    return text.replace("$", r"\$")


def _rows(rows, name="rows"):
    if not isinstance(rows, (list, tuple)):
        raise InputError(f"{name}: got {shown(rows)}, expected a list of lists")
    bad = [row for row in rows if not isinstance(row, (list, tuple))]
    if bad or not any(rows):
        raise InputError(f"{name}: got {shown(bad[0] if bad else rows)}, expected lists in a list")
    return rows


def _picture(name, picture):
    picture = real_array(name, picture)
    shape = (None, None, 3) if picture.ndim == 3 else (None, None)
    return check_array(name, picture, shape, np.uint8 if picture.ndim == 3 else None)


def check_pictures(name, pictures, num=None):
    """Return ``pictures`` if it is a list of 1 to `MAX_PICTURES` uint8 (H, W, 3), else say so.

    Args:
      name: of the argument, for the message.
      pictures: anything.
      num: how many; None: any number.
    """
    for picture in check_list(name, pictures, num, MAX_PICTURES):
        check_array(f"{name}: each", picture, (None, None, 3), np.uint8)
    return pictures


def check_colours(cmap):
    from matplotlib import cm

    if not isinstance(cmap, str) or not callable(getattr(cm, cmap, None)):
        raise InputError(f"cmap: got {shown(cmap)}, expected a colour map's name, such as inferno")


def overlay(picture, heat, strength=0.65, cmap="inferno"):
    """Lay a heat map over a picture's grey version.

    Args:
      picture: uint8 (H, W, 3).
      heat: float (H, W); drawn from its least to its 99.5th percentile.
      strength: how opaque the brightest heat is, 0..1.

    Returns:
      uint8 (H, W, 3).

    Raises:
      InputError: shapes that don't fit, NaN, or another strength or colour map.
    """
    from matplotlib import cm

    picture = check_array("picture", picture, (None, None, 3), np.uint8)
    check_number("strength", strength, least=0, most=1)
    check_colours(cmap)
    heat = normalize(check_array("heat", heat, picture.shape[:2]))
    colour = getattr(cm, cmap)(heat)[..., :3]
    gray = picture.astype(np.float64).mean(axis=-1, keepdims=True) / 255
    opacity = strength * heat[..., None]
    return np.uint8(255 * np.clip((1 - opacity) * gray + opacity * colour, 0, 1))


def normalize(heat, percentile=99.5):
    """Map a heat map to 0..1, its greatest ``100 - percentile`` per cent to 1."""
    heat = real_array("heat", heat)
    heat = check_array("heat", heat, (None,) * max(heat.ndim, 1)).astype(np.float64)
    check_number("percentile", percentile, least=0, most=100)
    low, high = heat.min(), np.percentile(heat, percentile)
    return np.clip((heat - low) / max(high - low, 1e-300), 0, 1)


def curves(series, xlabel, ylabel, title=None, log=False, size=(5.5, 3.4)):
    """Lines in one frame.

    Args:
      series: dict of label to y values, or to a pair (x values, y values).
      xlabel, ylabel, title: str; units belong into them, and mathematics between dollars.
      log: a logarithmic y axis.
      size: width and height in inches.

    Returns:
      A ``Figure``.

    Raises:
      InputError: no such series, x and y of different lengths, another size, or mathematics that
        matplotlib cannot set.
    """
    series = {
        label: check_curve(f"series, {label}", values)
        for label, values in check_dict("series", series).items()
    }
    check_text("xlabel", xlabel)
    check_text("ylabel", ylabel)
    check_text("title", title or "")
    if not isinstance(size, (list, tuple)) or len(size) != 2:
        raise InputError(f"size: got {shown(size)}, expected width and height in inches")
    size = [check_number("size", side, least=1, most=100) for side in size]
    figure = Figure(figsize=size, dpi=110)
    axes = figure.add_subplot(1, 1, 1)
    for label, (x, y) in series.items():
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
    try:
        figure.tight_layout()
    except ValueError as error:
        raise InputError(f"xlabel, ylabel or title: {short(error)}") from error
    return figure


def check_curve(name, values):
    """x and y, each (n,), of y values alone or of a pair (x, y), else say so; NaN in y is a gap."""
    x, y = values if isinstance(values, tuple) and len(values) == 2 else (None, values)
    y = check_array(name, y, (None,), finite=False)
    if x is None:
        return np.arange(len(y)), y
    return check_array(name, x, y.shape), y


def save_figure(figure, path, overwrite=True):
    """Write a figure as .png, .svg, .pdf or .jpg, whole or not at all; returns ``path``."""
    if not isinstance(figure, Figure):
        raise InputError(f"figure: got {shown(figure)}, expected a matplotlib Figure")
    extension = figure_extension(path).lstrip(".")
    # No date and no version in the file: the same figure is the same bytes.
    metadata = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    content = io.BytesIO()  # draw first: a writer of files may take no notice of a full disk
    try:
        figure.savefig(content, format=extension, metadata=metadata.get(extension))
    except (ValueError, RuntimeError) as error:  # such as a label that is no mathematics
        raise InputError(f"figure: it cannot be drawn ({short(error)})") from error
    write_bytes(path, content.getvalue(), overwrite)
    return path


def save_animation(path, frames, fps=10, hold=1.5, overwrite=True):
    """Write frames as a GIF or, by the extension, an MP4; returns ``path``.

    Args:
      path: .gif or .mp4.
      frames: list of uint8 arrays (H, W, 3) or (H, W), of one shape.
      fps: frames a second, 0.1 to 100.
      hold: seconds that the last frame stays.
      overwrite: whether an existing file may be replaced.

    Raises:
      InputError: an unknown extension, no frames, frames that are no pictures of one size, or too
        small or large ones for the format.
      OSError: the disk is full.
    """
    extension = animation_extension(path)
    check_number("fps", fps, least=0.1, most=100)
    check_number("hold", hold, least=0, most=3600)
    frames = _frames(frames)
    sides = frames[0].shape[:2]
    if min(sides) < 2 or max(sides) > MAX_DOTS:
        raise InputError(f"frames: got {sides} pixels, expected sides from 2 to {MAX_DOTS}")
    check_output(path, overwrite)
    frames += [frames[-1]] * int(round(hold * fps))
    if extension == ".gif":
        write_bytes(path, _gif(frames, fps), overwrite)
    else:
        with whole_file(path, overwrite) as temporary:
            _write_mp4(temporary, frames, fps, path)
    return path


def _frames(frames):
    check_list("frames", frames)
    first = _picture("frames", frames[0])
    return [check_array("frames", frame, first.shape, np.uint8) for frame in frames]


def _write_mp4(temporary, frames, fps, path):
    import imageio

    # H.264 wants even sides.
    even = [f[: f.shape[0] // 2 * 2, : f.shape[1] // 2 * 2] for f in frames]
    try:
        imageio.mimwrite(temporary, even, format="FFMPEG", fps=fps, macro_block_size=None)
        with imageio.get_reader(temporary, format="FFMPEG") as video:  # ffmpeg tells no failure
            written = video.count_frames()
    except (OSError, RuntimeError, IndexError) as error:
        raise OSError(f"{path}: cannot be written ({short(error)})") from error
    if written != len(frames):
        raise OSError(f"{path}: cannot be written; is the disk full?")


def _gif(frames, fps):
    from PIL import Image

    pictures = [Image.fromarray(frame) for frame in frames]
    content = io.BytesIO()
    pictures[0].save(
        content, "GIF", save_all=True, append_images=pictures[1:], duration=1000 / fps, loop=0
    )
    return content.getvalue()
