"""Caption the pictures of a split and score the captions; keep trained captioners in one file."""

import collections
import os

import numpy as np

from tf_cs231n.captioning import coco, shapes
from tf_cs231n.captioning.features import Projection
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.metrics import score_captions
from tf_cs231n.captioning.prepare import PROJECTION_FILE
from tf_cs231n.captioning.shape_captions import is_true
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.files import read_npz, whole_file

MODEL_FILE = "captioner.npz"

# features: (N, D); references: N lists of str; scenes: N lists of shapes, or None each.
Pictures = collections.namedtuple("Pictures", "features references names scenes")

# What `MODEL_FILE` holds: everything that captions a new picture. projection: (mean, matrix) or
# None where the features came from elsewhere, as COCO's do.
SavedCaptioner = collections.namedtuple("SavedCaptioner", "params words cell_type projection")


def pictures_of(data, split="val", num=None):
    """The first ``num`` captioned pictures of a split, each once, with all its captions.

    Args:
      data: a dict as from `load_coco_data`.
      split: 'train' or 'val'.
      num: at most how many; None: all.
    """
    captions = collections.OrderedDict()
    texts = texts_of(data[f"{split}_captions"], data["idx_to_word"])
    for row, text in zip(data[f"{split}_image_idxs"], texts):
        captions.setdefault(int(row), []).append(text)
    rows = list(captions)[:num]
    names = [str(data[f"{split}_urls"][row]) for row in rows]
    return Pictures(
        data[f"{split}_features"][rows],
        [captions[row] for row in rows],
        names,
        shapes.scenes_of(names),
    )


def texts_of(captions, idx_to_word):
    """Word indices (N, T) to N plain texts, without the special words' brackets' words.

    >>> texts_of(np.array([[1, 3, 4, 2, 0]]), ["<NULL>", "<START>", "<END>", "a", "cat"])
    ['a cat']
    """
    drop = (coco.START, coco.END)
    decoded = coco.decode_captions(captions, idx_to_word)
    return [" ".join(word for word in text.split() if word not in drop) for text in decoded]


def score(texts, pictures):
    """The scores of captions, a dict: those of `metrics`, and ``true`` where scenes are known."""
    scores = score_captions(texts, pictures.references)
    truths = [is_true(t, s) for t, s in zip(texts, pictures.scenes) if s is not None]
    if truths:
        scores["true"] = float(np.mean(truths))
    return scores


class Sampler:
    """Captions of many pictures from one piece of graph.

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


def save_captioner(folder, params, data, cell_type, data_folder):
    """Write `MODEL_FILE`: weights, vocabulary and the way from pixels to features; no pickle."""
    arrays = {"params/" + name: value for name, value in params.items()}
    arrays.update(words=np.array(data["idx_to_word"]), cell_type=np.array(cell_type))
    if os.path.isfile(os.path.join(data_folder or "", PROJECTION_FILE)):
        projection = Projection.load(os.path.join(data_folder, PROJECTION_FILE))
        arrays.update(mean=projection.mean, matrix=projection.matrix, size=projection.picture_size)
    path = os.path.join(folder, MODEL_FILE)
    with whole_file(path, overwrite=True) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def load_captioner(folder):
    """Read what `save_captioner` wrote: a `SavedCaptioner`.

    Raises:
      InputError: no such file in the folder, or a broken one.
    """
    path = os.path.join(folder, MODEL_FILE) if os.path.isdir(folder) else os.fspath(folder)
    try:
        arrays = read_npz(path)
        projection = None
        if "matrix" in arrays:
            projection = Projection(arrays["mean"], arrays["matrix"], int(arrays["size"]))
        return SavedCaptioner(
            {name[7:]: value for name, value in arrays.items() if name.startswith("params/")},
            [str(word) for word in arrays["words"]],
            str(arrays["cell_type"]),
            projection,
        )
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: no captioner there; train one with `tf-cs231n caption train --folder "
            f"{folder}`, or name the folder of another"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a whole captioner ({error}); train it again") from error


def build_captioner(saved, sess):
    """A `GraphCaptioner` with a `SavedCaptioner`'s weights in the session's graph."""
    D, H = saved.params["W_proj"].shape
    W = saved.params["W_embed"].shape[1]
    with sess.graph.as_default():
        vocabulary = {word: index for index, word in enumerate(saved.words)}
        model = GraphCaptioner(vocabulary, D, W, H, saved.cell_type)
    model.assign(saved.params, sess)
    return model


def check_fits(saved, data):
    """Raise an `InputError` unless a captioner was trained on data like this."""
    if saved.words != list(data["idx_to_word"]):
        raise InputError(
            f"the captioner knows {len(saved.words)} words, the data has another vocabulary of "
            f"{len(data['idx_to_word'])}; name the data that it was trained on"
        )
    expected, width = len(saved.params["W_proj"]), data["val_features"].shape[1]
    if width != expected:
        raise InputError(
            f"the captioner takes features of width {expected}, the data has {width}; name the "
            "data that it was trained on"
        )
