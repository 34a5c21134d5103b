"""Caption the pictures of a split and score the captions; keep trained captioners in one file."""

import collections
import os

import numpy as np

from sessions import find_session
from tf_cs231n.arrays import check_array, real_array
from tf_cs231n.captioning import coco, shapes
from tf_cs231n.captioning.checks import check_shapes, check_vocabulary
from tf_cs231n.captioning.features import Projection
from tf_cs231n.captioning.graph import PARAMETERS, SPECIAL_WORDS, GraphCaptioner
from tf_cs231n.captioning.metrics import score_captions
from tf_cs231n.captioning.prepare import PROJECTION_FILE, check_projection
from tf_cs231n.captioning.shape_captions import is_true
from tf_cs231n.compat import tf
from tf_cs231n.errors import (
    InputError,
    check_count,
    check_function,
    check_path,
    one_of,
    short,
    shown,
)
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
      data: a dict as from `load_coco_data`; without addresses the pictures are named by their row.
      split: 'train' or 'val'.
      num: at most how many; None: all.
    """
    if num is not None:
        num = check_count("num", num)
    one_of("split", split, coco.SPLITS)
    coco.check_keys(data, split)
    key = f"{split}_urls"
    words = coco.check_words(data.get("idx_to_word"))
    coco.check_split({**data, key: None}, split, len(words))  # a list of addresses does as well
    num_rows = len(data[f"{split}_features"])
    urls = list(range(num_rows)) if data.get(key) is None else data[key]
    is_list = isinstance(urls, (list, tuple)) or getattr(urls, "ndim", 0) == 1
    if not is_list or len(urls) != num_rows:
        raise InputError(f"{key}: got {shown(urls)}, expected one for each of {num_rows} pictures")
    captions = collections.OrderedDict()
    texts = texts_of(data[f"{split}_captions"], words)
    for row, text in zip(data[f"{split}_image_idxs"], texts):
        captions.setdefault(int(row), []).append(text)
    rows = list(captions)[:num]
    names = [str(urls[row]) for row in rows]
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
    captions = real_array("captions", captions)
    if captions.ndim != 2:
        raise InputError(f"captions: got shape {captions.shape}, expected (N, T)")
    drop = (coco.START, coco.END)
    decoded = coco.decode_captions(captions, idx_to_word)
    return [" ".join(word for word in text.split() if word not in drop) for text in decoded]


def score(texts, pictures):
    """The scores of captions, a dict: those of `metrics`, and ``true`` where scenes are known."""
    if not isinstance(pictures, Pictures):
        raise InputError(f"pictures: got {shown(pictures)}, expected Pictures, as of pictures_of")
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
        if not isinstance(model, GraphCaptioner):
            raise InputError(f"model: got {type(model).__name__}, expected a GraphCaptioner")
        self._width = model.input_dim
        self._words = [model.idx_to_word[index] for index in range(len(model.idx_to_word))]
        self._features = tf.placeholder(model.dtype, [None, model.input_dim])
        self._captions = model.sample(self._features, max_length, beam_width)

    def __call__(self, run, features, batch_size=100):
        """Texts for features (N, D); ``run`` is a session's ``run``."""
        check_function("run", run)
        features = check_array("features", features, (None, self._width))
        batch_size = check_count("batch_size", batch_size)
        texts = []
        for first in range(0, len(features), batch_size):
            feed = {self._features: features[first : first + batch_size]}
            texts += texts_of(run(self._captions, feed), self._words)
        return texts


_SHAPES = {"W_proj": "D H", "b_proj": "H", "W_embed": "V W", "Wx": "W M", "Wh": "H M", "b": "M",
           "W_vocab": "H V", "b_vocab": "V"}  # fmt: skip


def check_saved(saved):
    """Return ``saved`` if its weights, words and cell fit one another, else an `InputError`."""
    if not isinstance(saved, SavedCaptioner):
        raise InputError(f"saved: got {shown(saved)}, expected a SavedCaptioner")
    params, words, cell_type, projection = saved
    M = {"rnn": "H", "lstm": "4H"}[one_of("cell_type", cell_type, ["rnn", "lstm"])]
    coco.check_words(words)
    check_vocabulary({word: index for index, word in enumerate(words)}, SPECIAL_WORDS)
    if not isinstance(params, dict) or set(params) != set(PARAMETERS):
        got = ", ".join(map(str, params)) if isinstance(params, dict) else type(params).__name__
        raise InputError(f"params: got {short(got)}, expected {', '.join(PARAMETERS)}")
    sizes = {"V": len(words)}
    for name, letters in _SHAPES.items():
        sizes = check_shapes(sizes, **{name: (params[name], letters.replace("M", M))})
        check_array(name, params[name], params[name].shape)
    if projection is not None and check_projection(projection).matrix.shape[1] != sizes["D"]:
        raise InputError(
            f"projection: its matrix has shape {projection.matrix.shape}, expected "
            f"(P, {sizes['D']}) as W_proj takes it"
        )
    return saved


def save_captioner(folder, params, data, cell_type, data_folder):
    """Write `MODEL_FILE`: weights, vocabulary and the way from pixels to features; no pickle.

    Args:
      folder: where to.
      params: dict of name to array, as `GraphCaptioner.params`.
      data: a dict with ``idx_to_word``, as from `load_coco_data`.
      cell_type: 'rnn' or 'lstm'.
      data_folder: where `prepare.PROJECTION_FILE` is looked for; None: nowhere.
    """
    folder, projection = check_path("folder", folder), None
    if data_folder is not None:
        found = os.path.join(check_path("data_folder", data_folder), PROJECTION_FILE)
        projection = Projection.load(found) if os.path.isfile(found) else None
    words = data.get("idx_to_word") if isinstance(data, dict) else None
    check_saved(SavedCaptioner(params, words, cell_type, projection))
    arrays = {"params/" + name: value for name, value in params.items()}
    arrays.update(words=np.array(words), cell_type=np.array(cell_type))
    if projection is not None:
        arrays.update(mean=projection.mean, matrix=projection.matrix, size=projection.picture_size)
    path = os.path.join(folder, MODEL_FILE)
    with whole_file(path, overwrite=True) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def load_captioner(folder):
    """Read what `save_captioner` wrote: a `SavedCaptioner`.

    Raises:
      InputError: no such file in the folder, or a broken one.
    """
    folder = check_path("folder", folder)
    path = os.path.join(folder, MODEL_FILE) if os.path.isdir(folder) else folder
    try:
        arrays = read_npz(path)
        projection = None
        if "matrix" in arrays:
            projection = Projection(arrays["mean"], arrays["matrix"], int(arrays["size"]))
        saved = SavedCaptioner(
            {name[7:]: value for name, value in arrays.items() if name.startswith("params/")},
            [str(word) for word in arrays["words"]],
            str(arrays["cell_type"]),
            projection,
        )
        return check_saved(saved)
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: no captioner there; train one with `tf-cs231n caption train --folder "
            f"{folder}`, or name the folder of another"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a whole captioner ({error}); train it again") from error


def build_captioner(saved, sess):
    """A `GraphCaptioner` with a `SavedCaptioner`'s weights in the session's graph."""
    check_saved(saved)
    sess = find_session(sess)
    D, H = saved.params["W_proj"].shape
    W = saved.params["W_embed"].shape[1]
    with sess.graph.as_default():
        vocabulary = {word: index for index, word in enumerate(saved.words)}
        model = GraphCaptioner(vocabulary, D, W, H, saved.cell_type)
    model.assign(saved.params, sess)
    return model


def check_fits(saved, data):
    """Raise an `InputError` unless a captioner was trained on data like this."""
    check_saved(saved)
    coco.check_keys(data, "val")
    coco.check_words(data.get("idx_to_word"))
    if saved.words != list(data["idx_to_word"]):
        raise InputError(
            f"the captioner knows {len(saved.words)} words, the data has another vocabulary of "
            f"{len(data['idx_to_word'])}; name the data that it was trained on"
        )
    features = check_shapes(val_features=(data["val_features"], "N D"))
    expected, width = len(saved.params["W_proj"]), features["D"]
    if width != expected:
        raise InputError(
            f"the captioner takes features of width {expected}, the data has {width}; name the "
            "data that it was trained on"
        )
