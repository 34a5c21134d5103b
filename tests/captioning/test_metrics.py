"""Scores of captions against values computed by hand from their definitions."""

import math

import pytest

from tf_cs231n.captioning.metrics import SCORES, commonest_share, score_captions, tokenize
from tf_cs231n.errors import InputError

REFERENCES = [["a red circle above a square", "there is a red circle"], ["two blue crosses here"]]


def test_perfect_captions_score_one_and_cider_ten():
    scores = score_captions([texts[0] for texts in REFERENCES], [t[:1] for t in REFERENCES])
    for name in SCORES[:5]:
        assert scores[name] == pytest.approx(1)
    assert scores["CIDEr"] == pytest.approx(10)


def test_wrong_captions_score_nothing():
    scores = score_captions(["some dogs run", "my cat sleeps"], REFERENCES)
    assert all(value < 1e-6 for value in scores.values())


def test_bleu_is_the_clipped_precision_times_the_brevity_penalty():
    scores = score_captions(["a a red dog"], [["a red circle above it"]])
    # "a" counts once: 2 of 4 words; 1 of 3 bigrams; shorter than the reference by one word.
    brevity = math.exp(1 - 5 / 4)
    assert scores["BLEU-1"] == pytest.approx(brevity * 2 / 4)
    assert scores["BLEU-2"] == pytest.approx(brevity * math.sqrt(2 / 4 * 1 / 3))
    assert scores["BLEU-3"] < 1e-3


def test_rouge_is_the_f_measure_of_the_longest_common_subsequence():
    scores = score_captions(["a red big circle"], [["a circle is red"]])
    precision = recall = 2 / 4  # "a ... red" or "a ... circle"
    expected = (1 + 1.2**2) * precision * recall / (recall + 1.2**2 * precision)
    assert scores["ROUGE-L"] == pytest.approx(expected)


def test_order_of_images_does_not_matter_and_case_and_dots_in_references_neither():
    captions = ["a red circle", "two blue dogs"]
    scores = score_captions(captions, REFERENCES)
    assert score_captions(captions[::-1], REFERENCES[::-1]) == pytest.approx(scores)
    shouted = [[text.upper() + "." for text in texts] for texts in REFERENCES]
    assert score_captions(captions, shouted) == pytest.approx(scores)


def test_empty_captions_and_unknown_words_score_nothing():
    empty = score_captions(["", ""], REFERENCES)
    assert all(value == pytest.approx(0, abs=1e-6) for value in empty.values())
    unknown = score_captions(["<UNK>", "<UNK>"], [["unk"], ["unk"]])
    assert unknown["BLEU-1"] == pytest.approx(0, abs=1e-6)


def test_tokens_are_words_of_any_language():
    assert tokenize("A dog's ball, isn't it?") == ["a", "dog's", "ball", "isn't", "it"]
    assert tokenize("Ein großer Bär — 2 Äpfel!") == ["ein", "großer", "bär", "2", "äpfel"]
    assert tokenize(" ... ") == []


def test_commonest_caption_is_found():
    assert commonest_share(["a", "b", "b", "b"]) == ("b", 0.75)


@pytest.mark.parametrize(
    "captions, references, message",
    [
        (["a"], [["b"]] * 2, "got 1 captions, 2 references; expected as many of each"),
        (["a", "b"], [["a"], []], r"references: image 1: got \[\]"),
        (["a"], ["a red dog"], "references: image 0: got 'a red dog'"),
    ],
)
def test_mistakes_are_named(captions, references, message):
    with pytest.raises(InputError, match=message):
        score_captions(captions, references)
