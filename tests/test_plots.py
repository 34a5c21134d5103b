import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.cbook import is_math_text
from PIL import Image

from tf_cs231n import plots
from tf_cs231n.plots.captioning import captioned_images


@pytest.fixture
def pictures(rng):
    return [rng.randint(0, 256, (20, 30, 3)).astype(np.uint8) for _ in range(3)]


def test_a_grid_shows_every_picture_where_it_belongs():
    colours = [[(255, 0, 0), (0, 255, 0)], [(0, 0, 255), None]]
    rows = [[None if c is None else np.full((4, 6, 3), c, np.uint8) for c in r] for r in colours]
    figure = plots.image_grid(rows, titles=[["a", "b"], ["c", ""]], row_titles=["x", "y"])
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c"]
    boxes = [axes.get_position() for axes in figure.axes]
    assert boxes[0].x1 <= boxes[1].x0 and boxes[0].y0 >= boxes[2].y1
    for axes, colour in zip(figure.axes, [(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
        assert tuple(axes.images[0].get_array()[0, 0]) == colour


def test_overlay_leaves_cold_pixels_gray_and_colours_hot_ones(pictures):
    heat = np.zeros((20, 30))
    heat[5:15, 5:15] = 1
    laid = plots.overlay(pictures[0], heat).astype(int)
    gray = pictures[0].astype(float).mean(-1)
    np.testing.assert_allclose(laid[0, 0], gray[0, 0], atol=1.01)
    assert np.abs(laid[10, 10] - gray[10, 10]).max() > 20


def test_normalize_maps_to_the_unit_interval_even_for_constant_maps(rng):
    heat = plots.normalize(rng.randn(50, 50) * 1e-9)
    assert heat.min() == 0 and heat.max() == 1
    assert np.isfinite(plots.normalize(np.full((3, 3), 7.0))).all()


def test_curves_have_labels_and_units():
    figure = plots.curves({"a": [1, 2], "b": ([0, 5], [3, 4])}, "step", "loss (nats)", log=True)
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "loss (nats)")
    assert axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert list(axes.lines[1].get_xdata()) == [0, 5]


@pytest.mark.parametrize("extension", ["png", "svg", "pdf"])
def test_the_same_figure_is_the_same_bytes(tmp_path, pictures, extension, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    for name in "ab":
        plots.save_figure(plots.image_grid([pictures]), tmp_path / f"{name}.{extension}")
    if extension == "png":
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / f"a.{extension}").stat().st_size > 1000


def test_animations_keep_their_frames(tmp_path, pictures):
    path = plots.save_animation(tmp_path / "a.gif", pictures, fps=10, hold=0.5)
    with Image.open(path) as gif:
        assert gif.n_frames >= len(pictures) and gif.size == (30, 20)
    path = plots.save_animation(
        tmp_path / "a.mp4", [np.kron(p, np.ones((4, 4, 1), np.uint8)) for p in pictures]
    )
    import imageio

    with imageio.get_reader(path) as video:
        frame = video.get_data(0)
    assert frame.shape == (80, 120, 3)


def test_unknown_kinds_of_file_are_refused_before_anything_is_written(
    tmp_path, pictures, raises_one_line
):
    with raises_one_line("x.bmp", ".png"):
        plots.save_figure(plots.image_grid([pictures]), tmp_path / "x.bmp")
    with raises_one_line("x.avi", ".gif"):
        plots.save_animation(tmp_path / "x.avi", pictures)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["f.jpg", "f.png", "f.pdf", "f.svg", "f.gif", "f.mp4"])
def test_a_full_disk_leaves_no_part_of_a_file(name, tmp_path):
    """In a process of its own, whose files may have so many bytes; JPEG's and MP4's writers did
    not say that they failed."""
    code = f"""
import resource, signal, numpy as np
from tf_cs231n import plots
from tf_cs231n.errors import InputError
noise = np.uint8(np.random.RandomState(0).randint(0, 256, (64, 64, 3)))
figure = plots.image_grid([[noise]])
import imageio, matplotlib.backends.backend_agg, matplotlib.backends.backend_pdf
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    if {name!r}.endswith(("gif", "mp4")):
        plots.save_animation({name!r}, [noise, noise[::-1]])
    else:
        plots.save_figure(figure, {name!r})
except InputError as error:
    print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE)
    assert done.stdout.split()[-1:] == [b"InputError"]
    assert os.listdir(tmp_path) == []


def test_a_very_large_figure_has_fewer_dots():
    thin = np.zeros((2000, 4, 3), np.uint8)
    figure = plots.image_grid([[thin, thin]])
    assert max(figure.get_size_inches()) * figure.dpi <= plots.MAX_DOTS


@pytest.mark.parametrize("text", ["costs $5 or $6", "$\\frac$", "$x_{$", "$"])
def test_dollars_in_titles_and_captions_are_dollars(text, tmp_path):
    picture = np.zeros((4, 4, 3), np.uint8)
    grid = plots.image_grid([[picture]], [[text]], [text], text)
    captioned = captioned_images([picture], [text], title=text)
    drawn = [grid.axes[0].title, *grid.texts, *captioned.texts]
    assert len(drawn) == 5
    for each in drawn:
        assert each.get_text().replace("\\$", "$") == text
        assert not is_math_text(each.get_text())
    for figure in (grid, captioned):
        plots.save_figure(figure, tmp_path / "f.png")


def test_labels_are_typeset_and_names_of_series_are_not(tmp_path):
    figure = plots.curves({"$x_{$": [1, 2], "b": [2, 1]}, "x", r"$\|x\|$")
    assert is_math_text(figure.axes[0].get_ylabel())  # what a programmer writes is typeset
    plots.save_figure(figure, tmp_path / "c.png")
