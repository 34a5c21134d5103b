"""How good captions are: BLEU, ROUGE-L and CIDEr against references, and variety.

The scores are pycocoevalcap's, those of the COCO caption evaluation, without its Java tokenizer:
captions and references are both compared as `words.tokenize` cuts them.
"""

import collections

from tf_cs231n import checks
from tf_cs231n.captioning.words import tokenize
from tf_cs231n.errors import InputError, shown

SCORES = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr")

_UNK = "<UNK>"  # a word that a captioner does not know
_NO_WORD = "\N{REPLACEMENT CHARACTER}"  # stands for it: no reference has this


def score_captions(captions, references):
    """BLEU-1..4, ROUGE-L and CIDEr of one caption for each image.

    Args:
      captions: list of str; one without a word scores 0, and ``<UNK>`` is a wrong word.
      references: for each, a list of str; those without a word are left out.

    Returns:
      Dict of the names in `SCORES` to float. BLEU and ROUGE-L are in 0..1, and 1 for a caption
      against itself. Where no caption has four words, BLEU-4 is that of the longest run of words
      there is. CIDEr is in 0..10, and depends on the whole set of references, whose rare words
      weigh more.

    Raises:
      InputError: lists of different lengths, or an image without a reference that has a word.

    Source: Papineni et al. 2002; Lin 2004; Vedantam et al. 2015, arXiv 1411.5726.
    """
    checks.same_length(captions=captions, references=references)
    truth = {n: _comparable(texts) for n, texts in enumerate(references)}
    for number, texts in truth.items():
        if not texts:
            raise InputError(
                f"references: image {number}: got {shown(references[number])}, expected a list "
                "of texts, at least one of them with a word"
            )
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    said = {n: [" ".join(_words(caption))] for n, caption in enumerate(captions)}
    scores = dict(zip(SCORES, Bleu(4).compute_score(truth, said, verbose=0)[0]))
    longest = max(len(caption.split()) for [caption] in said.values())
    for n in range(longest + 1, 5):  # no caption has a run of n words that could be right or wrong
        scores[f"BLEU-{n}"] = scores[f"BLEU-{max(longest, 1)}"]
    scores["ROUGE-L"] = Rouge().compute_score(truth, said)[0]
    scores["CIDEr"] = Cider().compute_score(truth, said)[0]
    return {name: float(scores[name]) for name in SCORES}


def _comparable(texts):
    """References as words with single spaces; none of a str, which is no list of them."""
    cut = [] if isinstance(texts, str) else [" ".join(tokenize(text)) for text in texts]
    return [text for text in cut if text]


def _words(caption):
    """A caption's words, with `_NO_WORD` for each ``<UNK>``."""
    parts = [tokenize(part) for part in caption.split(_UNK)]
    return parts[0] + [word for part in parts[1:] for word in [_NO_WORD, *part]]


def commonest_share(captions):
    """The most common caption and its fraction of all: 1.0 for a model that says one thing.

    >>> commonest_share(["a dog", "a cat", "a dog", "a dog"])
    ('a dog', 0.75)
    """
    caption, count = collections.Counter(captions).most_common(1)[0]
    return caption, count / len(captions)
