"""Sheets of captioned images: each image keeps its shape, and captions find their letters."""

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from matplotlib import font_manager

from tf_cs231n.plots.captioning import captioned_images
from tf_cs231n.plots.fonts import advice, fitting

HINDI = "कुत्ता घास"


def white_part(figure):
    """The part of a figure that no image covers."""
    covered = 0
    for axes in figure.axes:
        axes.apply_aspect()
        box = axes.get_position()
        covered += box.width * box.height
    return 1 - covered


def images(height, width, num=8):
    return [np.zeros((height, width, 3), np.uint8)] * num


@pytest.mark.parametrize("height, width", [(60, 60), (60, 90), (60, 120), (60, 240), (72, 60)])
def test_images_fill_the_sheet_whatever_their_shape(height, width):
    figure = captioned_images(images(height, width), ["a dog"] * 8)
    W, H = figure.get_size_inches()
    text = 2 * 0.28 / H  # below both rows
    assert white_part(figure) < text + 0.15
    for axes in figure.axes:
        axes.apply_aspect()
        box = axes.get_position()
        assert box.height * H / (box.width * W) == pytest.approx(height / width)


def test_wide_and_tall_images_share_a_sheet():
    figure = captioned_images(images(20, 60, 4) + images(60, 30, 4), ["a"] * 8)
    W, H = figure.get_size_inches()
    assert pytest.approx(2.2 / 3 + 1.25 * 2.2 + 2 * 0.28 + 0.05) == H  # tall ones have a limit


def test_letters_that_no_font_has_are_named_with_the_font_to_install():
    assert fitting("a dog, ein Bär, собака") == ("a dog, ein Bär, собака", None)
    assert advice(["a dog"]) == ""
    for script in (HINDI, "一只狗", "𓃡"):
        drawn, font = fitting(script)
        line = advice(["a dog", script])
        if drawn != script:  # this machine lacks such a font
            assert "\n" not in line and "install one" in line and "Noto Sans" in line
        else:
            assert font is not None and line == ""


def test_a_font_that_has_the_letters_is_found(tmp_path, monkeypatch):
    letters = sorted(set(HINDI) | {" ", "(", ")", "+"})
    names = [".notdef"] + [f"g{ord(c)}" for c in letters]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): f"g{ord(c)}" for c in letters})
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Hindi Test", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "hindi.ttf")
    entries = list(font_manager.fontManager.ttflist)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", entries)
    font_manager.fontManager.addfont(str(tmp_path / "hindi.ttf"))
    drawn, font = fitting(HINDI)
    assert drawn == HINDI and font is not None
    assert advice([HINDI]) == ""
    figure = captioned_images(images(9, 9, 1), [HINDI], [True])
    (text,) = figure.texts
    assert text.get_fontproperties().get_file() == font and text.get_text().startswith("(+)")
