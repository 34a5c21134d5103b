"""Words of all scripts: marks belong to letters, text without spaces is cut by one rule."""

import unicodedata

import pytest

from tf_cs231n.captioning.words import tokenize


@pytest.mark.parametrize(
    "caption, words",
    [
        ("A dog's ball, isn't it?", ["a", "dog's", "ball", "isn't", "it"]),
        ("Ein großer Bär — 2 Äpfel!", ["ein", "großer", "bär", "2", "äpfel"]),
        ("कुत्ता घास पर।", ["कुत्ता", "घास", "पर"]),
        ("নৌকা নদীতে", ["নৌকা", "নদীতে"]),
        ("כֶּלֶב רָץ", ["כֶּלֶב", "רָץ"]),
        ("سگ می\u200cدود", ["سگ", "می\u200cدود"]),
        ("개가 달린다.", ["개가", "달린다"]),
        ("Собака бежит", ["собака", "бежит"]),
        ("一只狗,在草地上。", list("一只狗在草地上")),
        ("犬がボールで", list("犬がボールで")),
        ("หมาวิ่ง", ["ห", "ม", "า", "วิ่", "ง"]),
        ("2只dogs", ["2", "只", "dogs"]),
    ],
)
def test_words_of_many_scripts(caption, words):
    expected = [unicodedata.normalize("NFC", word) for word in words]
    assert tokenize(caption) == expected
    assert tokenize(unicodedata.normalize("NFD", caption)) == expected


def test_decomposed_french_has_its_words():
    assert tokenize(unicodedata.normalize("NFD", "Un café naïf")) == ["un", "café", "naïf"]


@pytest.mark.parametrize("caption", ["", " ... ", "🙂", "❤\ufe0f", "👩\u200d🚀", "—", "\u0301"])
def test_some_captions_have_no_word(caption):
    assert tokenize(caption) == []
