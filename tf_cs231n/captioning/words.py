"""The words of a caption, in any script.

A word is a run of letters and digits with the marks that belong to them, and apostrophes inside.
Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces; there each character,
with its marks, is a word.
"""

import functools
import re
import unicodedata

# Blocks of the scripts without spaces.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_JOINERS = "\u200c\u200d"  # they shape letters in Persian and Hindi words
_VARIATION = re.compile("[\ufe00-\ufe0f]")  # says how to draw the character before: an emoji, say


def tokenize(caption):
    """A caption's words, lower case, without punctuation, in Unicode's composed form (NFC).

    >>> tokenize("A dog's ball -- it's RED.")
    ['a', "dog's", 'ball', "it's", 'red']
    >>> tokenize("\u0915\u0941\u0924\u094d\u0924\u093e \u0918\u093e\u0938 \u092a\u0930")  # Hindi
    ['कुत्ता', 'घास', 'पर']
    >>> tokenize("一只狗。")
    ['一', '只', '狗']
    """
    text = unicodedata.normalize("NFC", _VARIATION.sub("", caption)).lower()
    others = [] if text.isascii() else text
    marks = {c for c in others if unicodedata.category(c).startswith("M") or c in _JOINERS}
    return _pattern("".join(sorted(marks))).findall(text)


@functools.lru_cache(maxsize=1000)
def _pattern(marks):
    r"""Matches a word. ``re``'s ``\w`` has no combining marks, so a text's own are named to it."""
    letter, unspaced = rf"[^\W{_UNSPACED}]", rf"(?=\w)[{_UNSPACED}]"
    run = rf"{letter}(?:{letter}|[\u0301{marks}])*"
    return re.compile(rf"{unspaced}[\u0301{marks}]*|{run}(?:['’]{run})*")
