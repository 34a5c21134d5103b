"""Fonts that have the letters of a text, among those that matplotlib finds on this machine."""

import functools
import unicodedata

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

_MISSING = "\N{WHITE SQUARE}"  # stands for a letter that no font has; matplotlib's own font has it
_CJK = "Noto Sans CJK (Debian and Ubuntu: fonts-noto-cjk)"
_PACKAGES = dict.fromkeys(["Cjk", "Hiragana", "Katakana", "Hangul", "Ideographic"], _CJK)


def fitting(text):
    """A text as it can be drawn, and the path of the font to draw it with.

    The path is None where matplotlib's default font has all letters. Letters that the best font
    lacks become squares.
    """
    letters = _letters(text)
    default = font_manager.findfont(font_manager.FontProperties())
    if letters <= _characters(default):
        return text, None
    fonts = [font for font in font_manager.fontManager.ttflist if "Last Resort" not in font.name]
    paths = sorted({font.fname for font in fonts} - {default})  # Last Resort draws boxes only
    best = max([default, *paths], key=lambda path: len(letters & _characters(path)))
    lacking = letters - _characters(best)
    return text.translate({ord(c): _MISSING for c in lacking}), None if best == default else best


def advice(texts):
    """A line that says which font to install for letters that no font here has, or ""."""
    lacking = sorted({c for text in texts for c, d in zip(text, fitting(text)[0]) if c != d})
    if not lacking:
        return ""
    script = unicodedata.name(lacking[0], "unknown").split()[0].title()
    noto = f"Noto Sans {script} (Debian and Ubuntu: fonts-noto-core)"
    return (
        f"no font here has the letters {' '.join(lacking[:5])} of the captions; install one, for "
        f"example {_PACKAGES.get(script, noto)}"
    )


def _letters(text):
    return {c for c in text if not c.isspace() and unicodedata.category(c) != "Cf"}


@functools.lru_cache(maxsize=None)
def _characters(path):
    """The characters that a font file has; none if it cannot be read."""
    try:
        return frozenset(map(chr, FT2Font(path).get_charmap()))
    except (RuntimeError, OSError):
        return frozenset()
