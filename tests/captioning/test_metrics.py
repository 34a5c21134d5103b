"""Scores of captions against values computed by hand from their definitions."""

import math

import pytest

from tf_cs231n.captioning.metrics import SCORES, commonest_share, score_captions
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


@pytest.mark.parametrize(
    "caption",
    [
        "A DOG'S ball -- isn't it red?",
        "Ein Bär.",
        "Dog!",
        "一只狗。",
        "two dogs",
        "a\u0301 b c d e",
    ],
)
def test_a_caption_against_itself_scores_one(caption):
    """Whatever its punctuation, case, script and length, alone and among others."""
    for captions in ([caption], [caption, "a red circle above a square"]):
        scores = score_captions(captions, [[text, "something else"] for text in captions])
        for name in SCORES[:5]:
            assert scores[name] == pytest.approx(1, abs=1e-6), name


def test_short_wrong_captions_do_not_profit_from_their_length():
    scores = score_captions(["a cat"], [["a dog"]])
    assert scores["BLEU-1"] == pytest.approx(0.5)
    assert scores["BLEU-4"] == scores["BLEU-2"] < 1e-6


def test_captions_and_references_are_cut_alike():
    shouted = score_captions(["A red CIRCLE!", "Two blue dogs"], REFERENCES)
    assert shouted == pytest.approx(score_captions(["a red circle", "two blue dogs"], REFERENCES))


def test_references_without_a_word_do_not_count():
    scores = score_captions(["a dog runs"], [["...", "A dog runs."]])
    assert scores["BLEU-1"] == pytest.approx(1)
    with pytest.raises(InputError, match="references: image 1: got .*at least one of them with a"):
        score_captions(["a", "b"], [["a"], ["...", "🙂"]])


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
