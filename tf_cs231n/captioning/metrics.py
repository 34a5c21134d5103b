"""How good captions are: BLEU, ROUGE-L and CIDEr against references, and variety.

The scores are pycocoevalcap's, those of the COCO caption evaluation, without its Java tokenizer:
captions are compared as this package writes them, lower case without punctuation (`tokenize`).
"""

import collections
import re

from tf_cs231n import checks
from tf_cs231n.errors import InputError, shown

SCORES = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr")

_WORD = re.compile(r"\w+(?:['’]\w+)*", re.UNICODE)


def tokenize(caption):
    """A caption's words, lower case, without punctuation.

    >>> tokenize("A dog's ball -- it's RED.")
    ['a', "dog's", 'ball', "it's", 'red']
    """
    return _WORD.findall(caption.lower())


def score_captions(captions, references):
    """BLEU-1..4, ROUGE-L and CIDEr of one caption for each image.

    Args:
      captions: list of str; an empty one scores 0.
      references: for each, a list of at least one str.

    Returns:
      Dict of the names in `SCORES` to float. BLEU and ROUGE-L are in 0..1; CIDEr is in 0..10, and
      depends on the whole set of references, whose rare words weigh more.

    Raises:
      InputError: lists of different lengths, or an image without a reference.

    Source: Papineni et al. 2002; Lin 2004; Vedantam et al. 2015, arXiv 1411.5726.
    """
    checks.same_length(captions=captions, references=references)
    for number, texts in enumerate(references):
        if isinstance(texts, str) or not len(texts):
            raise InputError(
                f"references: image {number}: got {shown(texts)}, expected a list of texts"
            )
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    truth = {n: [" ".join(tokenize(text)) for text in texts] for n, texts in enumerate(references)}
    said = {n: [" ".join(_words(caption))] for n, caption in enumerate(captions)}
    scores = dict(zip(SCORES, Bleu(4).compute_score(truth, said, verbose=0)[0]))
    scores["ROUGE-L"] = Rouge().compute_score(truth, said)[0]
    scores["CIDEr"] = Cider().compute_score(truth, said)[0]
    return {name: float(scores[name]) for name in SCORES}


def _words(caption):
    # <UNK> is a wrong word, which must count; what no reference holds stands for it.
    return ["unk\N{REPLACEMENT CHARACTER}" if w == "<UNK>" else w for w in caption.split()]


def commonest_share(captions):
    """The most common caption and its fraction of all: 1.0 for a model that says one thing.

    >>> commonest_share(["a dog", "a cat", "a dog", "a dog"])
    ('a dog', 0.75)
    """
    caption, count = collections.Counter(captions).most_common(1)[0]
    return caption, count / len(captions)
