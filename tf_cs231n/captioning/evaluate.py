"""Caption the images of a split, or fresh ones, and score the captions beside two baselines."""

import collections

import numpy as np

from tf_cs231n.captioning import coco, shapes
from tf_cs231n.captioning.features import ImageFeatures, extract_features
from tf_cs231n.captioning.metrics import commonest_share, score_captions
from tf_cs231n.captioning.prepare import find_images
from tf_cs231n.captioning.shape_captions import is_true
from tf_cs231n.compat import tf

COMMONEST = "most common training caption"
NEAREST = "caption of the nearest training image"

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
    places = collections.OrderedDict()  # of each image's captions; only those asked for are read
    for place, row in enumerate(data[f"{split}_image_idxs"].tolist()):
        places.setdefault(row, []).append(place)
    rows = list(places)[:num]
    names = [str(urls[row]) for row in rows]
    features = data[f"{split}_features"][rows]
    captions, words = data[f"{split}_captions"], data["idx_to_word"]
    references = [texts_of(captions[places[row]], words) for row in rows]
    return CaptionedImages(features, references, names, shapes.scenes_of(names))


def fresh_images(saved, sess, folder, captions, num=None, progress=None, **columns):
    """Images of a folder with a file of captions, as a captioner sees them.

    Args:
      saved: a `SavedCaptioner` with a projection.
      sess: the session for SqueezeNet.
      folder, captions, **columns: as for `prepare.find_images`.
      num: at most how many; None: all.
      progress: None or a function called with (images done, images in total).

    Returns:
      A `CaptionedImages`, and [(path, reason), ...] of the images that cannot be read.

    Raises:
      InputError: what `find_images` raises, or no image with a caption that can be read.
    """
    paths, content = find_images(folder, captions, **columns)
    names = [name for name in paths if content.captions[name]][:num]
    features, kept, skipped, _ = extract_features(
        ImageFeatures(sess, saved.projection.image_size),
        [paths[name] for name in names],
        projection=saved.projection,
        progress=progress and (lambda done: progress(done, len(names))),
    )
    names = [names[place] for place in kept]
    references = [content.captions[name] for name in names]
    return CaptionedImages(features, references, names, [None] * len(names)), skipped


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


def baselines(images, data):
    """Captions that need no captioner, a dict of `COMMONEST` and `NEAREST` to N texts.

    Args:
      images: N `CaptionedImages`.
      data: the captioner's training data.
    """
    texts = texts_of(data["train_captions"], data["idx_to_word"])
    captions = {}  # of each training image the first
    for row, text in zip(data["train_image_idxs"], texts):
        captions.setdefault(int(row), text)
    rows = np.array(sorted(captions))
    nearest = rows[_nearest(images.features, data["train_features"][rows])]
    return {
        COMMONEST: [commonest_share(texts)[0]] * len(images.features),
        NEAREST: [captions[int(row)] for row in nearest],
    }


def _nearest(features, others, batch=500):
    """For each row (N, D) the place of the nearest row of others (M, D)."""
    squares, places = (others**2).sum(axis=1), []
    for first in range(0, len(features), batch):
        places.append((squares - 2 * features[first : first + batch] @ others.T).argmin(axis=1))
    return np.concatenate(places)


def share_in_training(texts, data):
    """The fraction of texts that stand word for word among the training captions."""
    known = set(texts_of(data["train_captions"], data["idx_to_word"]))
    return float(np.mean([text in known for text in texts]))


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
