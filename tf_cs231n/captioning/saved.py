"""A trained captioner in one file: weights, vocabulary, and how pixels become features."""

import collections
import os

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.captioning.features import Projection
from tf_cs231n.captioning.graph import PARAMETERS, GraphCaptioner
from tf_cs231n.captioning.prepare import PROJECTION_FILE
from tf_cs231n.captioning.rnn import GATES
from tf_cs231n.errors import InputError, shown
from tf_cs231n.files import read_npz, write_npz

MODEL_FILE = "captioner.npz"

# What `MODEL_FILE` holds: everything that captions a new image. projection: a `Projection`, or
# None where the features came from elsewhere, as COCO's do.
SavedCaptioner = collections.namedtuple("SavedCaptioner", "params words cell_type projection")


def save_captioner(folder, params, data, cell_type, data_folder):
    """Write `MODEL_FILE`; no pickle.

    Args:
      folder: where to.
      params: dict of name to array, as `GraphCaptioner.params`.
      data: a dict with ``idx_to_word``, as from `load_coco_data`.
      cell_type: 'rnn' or 'lstm'.
      data_folder: where `prepare.PROJECTION_FILE` is looked for; None: nowhere.
    """
    projection = None
    if data_folder is not None:
        found = os.path.join(data_folder, PROJECTION_FILE)
        projection = Projection.load(found) if os.path.isfile(found) else None
    arrays = {"params/" + name: value for name, value in params.items()}
    arrays.update(words=np.array(data["idx_to_word"]), cell_type=np.array(cell_type))
    if projection is not None:
        arrays.update(mean=projection.mean, matrix=projection.matrix, size=projection.image_size)
    path = os.path.join(folder, MODEL_FILE)
    write_npz(path, arrays, overwrite=True)


def load_captioner(folder):
    """Read what `save_captioner` wrote: a `SavedCaptioner`.

    Args:
      folder: a training's folder, or the file itself.

    Raises:
      InputError: no such file in the folder, or a broken one.
    """
    path = os.path.join(folder, MODEL_FILE) if os.path.isdir(folder) else folder
    try:
        return _checked(read_npz(path))
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: no captioner there; train one with `tf-cs231n caption train --folder "
            f"{folder}`, or name the folder of another"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a whole captioner ({error}); train it again") from error


def _checked(arrays):
    """A `SavedCaptioner` from the arrays of a file, whose shapes must fit together."""
    params = {name: arrays["params/" + name] for name in PARAMETERS}
    words, cell_type = [str(word) for word in arrays["words"]], str(arrays["cell_type"])
    blocks = f"{GATES[cell_type]}H"
    sizes = checks.shapes(
        {"V": len(words)},
        W_proj=(params["W_proj"], "D H"),
        b_proj=(params["b_proj"], "H"),
        W_embed=(params["W_embed"], "V W"),
        Wx=(params["Wx"], f"W {blocks}"),
        Wh=(params["Wh"], f"H {blocks}"),
        b=(params["b"], blocks),
        W_vocab=(params["W_vocab"], "H V"),
        b_vocab=(params["b_vocab"], "V"),
    )
    projection = None
    if "matrix" in arrays:
        projection = Projection(arrays["mean"], arrays["matrix"], int(arrays["size"]))
        checks.shapes(sizes, mean=(projection.mean, "P"), matrix=(projection.matrix, "P D"))
    return SavedCaptioner(params, words, cell_type, projection)


def word_indices(saved, words):
    """The numbers of words, ints (T,).

    Raises:
      InputError: a word that this `SavedCaptioner` does not know.
    """
    known = {word: index for index, word in enumerate(saved.words) if not word.startswith("<")}
    for word in words:
        if word not in known:
            raise InputError(f"{shown(word)} is none of the {len(known)} words it knows")
    return np.array([known[word] for word in words], np.int32)


def build_captioner(saved, sess):
    """A `GraphCaptioner` with a `SavedCaptioner`'s weights in the session's graph."""
    sess = find_session(sess)
    D, H = saved.params["W_proj"].shape
    W = saved.params["W_embed"].shape[1]
    with sess.graph.as_default():
        vocabulary = {word: index for index, word in enumerate(saved.words)}
        model = GraphCaptioner(vocabulary, D, W, H, saved.cell_type)
    model.assign(saved.params, sess)
    return model


def check_fits(saved, data, data_folder=None):
    """Raise an `InputError` unless a captioner was trained on data like this.

    Args:
      saved: a `SavedCaptioner`.
      data: a dict as from `load_coco_data`.
      data_folder: where it comes from; its `PROJECTION_FILE`, if it has one, must fit too.
    """
    known = (len(saved.words), len(saved.params["W_proj"]))
    given = (len(data["idx_to_word"]), data["val_features"].shape[1])
    fits = saved.words == list(data["idx_to_word"]) and known == given
    path = os.path.join(data_folder or "", PROJECTION_FILE)
    if data_folder and saved.projection and os.path.isfile(path):
        fits = fits and np.array_equal(Projection.load(path).matrix, saved.projection.matrix)
    if not fits:
        raise InputError(
            f"the captioner knows {known[0]} words and takes features of width {known[1]}, the "
            f"data has other words ({given[0]}), another width ({given[1]}) or other features; "
            "name the data that it was trained on"
        )
