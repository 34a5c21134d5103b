"""Caption the images of a split and score the captions."""

import collections

import numpy as np

from tf_cs231n.captioning import coco, shapes
from tf_cs231n.captioning.metrics import score_captions
from tf_cs231n.captioning.shape_captions import is_true
from tf_cs231n.compat import tf

# features: (N, D); references: N lists of str; scenes: N lists of shapes, or None each.
CaptionedImages = collections.namedtuple("CaptionedImages", "features references names scenes")


def captioned_images(data, split="val", num=None):
    """The first ``num`` captioned images of a split, each once, with all its captions.

    Args:
      data: a dict as from `load_coco_data`; without addresses the images are named by their row.
      split: 'train' or 'val'.
      num: at most how many; None: all.

    Returns:
      A `CaptionedImages`.
    """
    urls = data.get(f"{split}_urls", range(len(data[f"{split}_features"])))
    captions = collections.OrderedDict()
    texts = texts_of(data[f"{split}_captions"], data["idx_to_word"])
    for row, text in zip(data[f"{split}_image_idxs"], texts):
        captions.setdefault(int(row), []).append(text)
    rows = list(captions)[:num]
    names = [str(urls[row]) for row in rows]
    features = data[f"{split}_features"][rows]
    references = [captions[row] for row in rows]
    return CaptionedImages(features, references, names, shapes.scenes_of(names))


def texts_of(captions, idx_to_word):
    """Word indices (N, T) to N plain texts, without ``<START>``, ``<END>`` and ``<NULL>``.

    >>> texts_of(np.array([[1, 3, 4, 2, 0]]), ["<NULL>", "<START>", "<END>", "a", "cat"])
    ['a cat']
    """
    drop = (coco.START, coco.END)
    decoded = coco.decode_captions(captions, idx_to_word)
    return [" ".join(word for word in text.split() if word not in drop) for text in decoded]


def score(texts, images):
    """The scores of captions of `CaptionedImages`, a dict.

    Those of `metrics`, and ``true``, the fraction of true captions, where scenes are known.
    """
    scores = score_captions(texts, images.references)
    truths = [is_true(t, s) for t, s in zip(texts, images.scenes) if s is not None]
    if truths:
        scores["true"] = float(np.mean(truths))
    return scores


class BatchCaptioner:
    """Captions of many images from one piece of graph, built once.

    Args:
      model: a `GraphCaptioner`.
      max_length: the most words, ``<END>`` included.
      beam_width: 1: greedy.
    """

    def __init__(self, model, max_length, beam_width=1):
        self._words = [model.idx_to_word[index] for index in range(len(model.idx_to_word))]
        self._features = tf.placeholder(model.dtype, [None, model.input_dim])
        self._captions = model.sample(self._features, max_length, beam_width)

    def __call__(self, run, features, batch_size=100):
        """Texts for features (N, D); ``run`` is a session's ``run``."""
        texts = []
        for first in range(0, len(features), batch_size):
            feed = {self._features: features[first : first + batch_size]}
            texts += texts_of(run(self._captions, feed), self._words)
        return texts
