"""COCO captioning data in the course's layout: load, draw minibatches, decode captions.

The layout, of COCO 2014 or of your own images, is a folder with

- ``coco2014_captions.h5``: ``train_captions`` (num, T) of word indices, ``train_image_idxs``
  (num,) of row numbers into the features, ``val_captions`` and ``val_image_idxs``;
- ``train2014_vgg16_fc7_pca.h5`` and ``val2014_vgg16_fc7_pca.h5``: ``features`` (num_images, D);
  without PCA the same names without ``_pca``;
- ``coco2014_vocab.json``: ``idx_to_word``, a list, and ``word_to_idx``, a dict;
- ``train2014_urls.txt`` and ``val2014_urls.txt``: one line per image, in the features' order.

A caption is ``<START>``, words, ``<END>``, and ``<NULL>`` up to length T.
"""

import contextlib
import json
import os

import numpy as np

from tf_cs231n import checks
from tf_cs231n.errors import InputError, short
from tf_cs231n.files import read_text, text_lines

NULL, START, END, UNK = SPECIAL_TOKENS = "<NULL>", "<START>", "<END>", "<UNK>"
SPLITS = ("train", "val")
CAPTIONS_FILE = "coco2014_captions.h5"
VOCABULARY_FILE = "coco2014_vocab.json"
BASE_DIR = "cs231n/datasets/coco_captioning"  # where the course's script puts it


def features_file(split, pca_features=True):
    """Name of the file with a split's image features."""
    return f"{split}2014_vgg16_fc7{'_pca' if pca_features else ''}.h5"


def urls_file(split):
    """Name of the file with a split's image addresses."""
    return f"{split}2014_urls.txt"


def _file_of(key, pca_features):
    """The file in which a key of the data dictionary is kept."""
    split, _, part = key.partition("_")
    files = {"features": features_file(split, pca_features), "urls": urls_file(split)}
    return files.get(part, CAPTIONS_FILE if split in SPLITS else VOCABULARY_FILE)


def load_coco_data(base_dir=BASE_DIR, max_train=None, pca_features=True, seed=0):
    """Load captions, features, addresses and vocabulary, and check that they fit together.

    Args:
      base_dir: the folder; the module's docstring says what is in it.
      max_train: None, or at most how many training captions to keep, chosen by ``seed``.
        (All different; the course draws with replacement. All features are kept.)
      pca_features: True for the 512 principal components, False for all 4096 features.
      seed: seed of the choice.

    Returns:
      A dict: for ``train`` and ``val``, ``*_captions`` (num, T) and ``*_image_idxs`` (num,) of
      integers, ``*_features`` (num_images, D) of floats, ``*_urls`` (num_images,) of strings;
      ``idx_to_word``, a list; ``word_to_idx``, a dict.

    Raises:
      InputError: a file is missing, truncated, of another kind, or does not fit the others.
    """
    if max_train is not None:
        checks.counts(max_train=max_train)
    names = [CAPTIONS_FILE, VOCABULARY_FILE]
    names += [features_file(split, pca_features) for split in SPLITS]
    names += [urls_file(split) for split in SPLITS]
    missing = [name for name in names if not os.path.isfile(os.path.join(base_dir, name))]
    if missing:
        raise InputError(
            f"{base_dir}: no {', '.join(missing)} there; get COCO's data from "
            "http://cs231n.stanford.edu/coco_captioning.zip, or name the folder that has them"
        )
    data = _read(base_dir, pca_features)
    try:
        check_coco_data(data)
    except InputError as error:
        key = str(error).partition(":")[0]  # of what does not fit
        raise InputError(
            f"{os.path.join(base_dir, _file_of(key, pca_features))}: {error}"
        ) from error
    if max_train is not None and max_train < len(data["train_captions"]):
        rng = np.random.RandomState(seed)
        kept = rng.choice(len(data["train_captions"]), max_train, replace=False)
        for key in ("train_captions", "train_image_idxs"):
            data[key] = data[key][kept]
    return data


def _read(base_dir, pca_features):
    """The dict of `load_coco_data`, not yet checked."""
    keys = [f"{split}_{part}" for split in SPLITS for part in ("captions", "image_idxs")]
    data = _read_hdf5(os.path.join(base_dir, CAPTIONS_FILE), keys)
    for split in SPLITS:
        path = os.path.join(base_dir, features_file(split, pca_features))
        data[f"{split}_features"] = _read_hdf5(path, ["features"])["features"]
        lines = text_lines(read_text(os.path.join(base_dir, urls_file(split))))
        data[f"{split}_urls"] = np.array([line.strip() for line in lines], dtype=str)
    path = os.path.join(base_dir, VOCABULARY_FILE)
    with _whole(path):
        vocabulary = json.loads(read_text(path))
        data.update({key: vocabulary[key] for key in ("idx_to_word", "word_to_idx")})
    return data


def _read_hdf5(path, names):
    import h5py  # here, so that models and solvers start without it

    # Without HDF5's lock, which some file systems refuse. h5py 2 reads the environment only.
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    unlocked = {"locking": False} if h5py.version.version_tuple[0] > 2 else {}
    arrays = {}
    with _whole(path), h5py.File(path, "r", **unlocked) as file:
        for name in names:
            hard = isinstance(file.get(name, getlink=True), h5py.HardLink)
            if not hard or file[name].external or file[name].is_virtual:
                raise ValueError(f"{name} is a link to another file")
            arrays[name] = file[name][()]
    return arrays


@contextlib.contextmanager
def _whole(path):
    """Name the file, or folder, if reading it in this block fails, in whichever way."""
    try:
        yield
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} cannot be read: {short(error)}; get it again") from error


def sample_coco_minibatch(data, batch_size=100, split="train", rng=None):
    """Draw captions with their images' features, with replacement.

    Args:
      data: a dict as from `load_coco_data`.
      batch_size: N, at least 1.
      split: ``"train"`` or ``"val"``.
      rng: an ``np.random.RandomState``; None: NumPy's global one, as ``np.random.seed`` set it.

    Returns:
      captions: (N, T); features: (N, D); urls: (N,), or None where the data has none.

    Raises:
      InputError: an unknown split, data without it, or a batch size below 1.
    """
    checks.counts(batch_size=batch_size)
    check_keys(data, split)
    captions, features = data[f"{split}_captions"], data[f"{split}_features"]
    chosen = (np.random if rng is None else rng).choice(len(captions), batch_size)
    images = data[f"{split}_image_idxs"][chosen]
    urls = data.get(f"{split}_urls")
    return captions[chosen], features[images], None if urls is None else urls[images]


def decode_captions(captions, idx_to_word):
    """Turn word indices into text, up to and including ``<END>``, without ``<NULL>``.

    >>> decode_captions(np.array([1, 3, 2, 0]), ["<NULL>", "<START>", "<END>", "cat"])
    '<START> cat <END>'

    Args:
      captions: (N, T) or (T,) of integers.
      idx_to_word: list of V words, or dict from index to word.

    Returns:
      A list of N strings; for one caption, a string.

    Raises:
      InputError: captions of another kind or shape, or an index outside the vocabulary.
    """
    captions = np.asarray(captions)
    one = captions.ndim == 1
    checks.indices(len(idx_to_word), captions=(captions, "T" if one else "N T"))
    decoded = []
    for caption in captions[np.newaxis].tolist() if one else captions.tolist():
        words = [idx_to_word[index] for index in caption]
        words = words[: words.index(END) + 1] if END in words else words
        decoded.append(" ".join(word for word in words if word != NULL))
    return decoded[0] if one else decoded


def check_coco_data(data, splits=SPLITS):
    """Raise an `InputError` unless vocabulary, captions, images and features fit together."""
    words, indices = data["idx_to_word"], data["word_to_idx"]
    inverse = indices == {str(word): index for index, word in enumerate(words)}
    if not inverse or not {NULL, START, END} <= set(indices):
        raise InputError(
            f"word_to_idx: expected the inverse of the list idx_to_word, with {NULL}, {START} and "
            f"{END} in both"
        )
    for split in splits:
        check_split(data, split, len(words))


def check_split(data, split, vocab_size=None):
    """Check that captions, image indices, features and addresses of one split fit together.

    Args:
      data: a dict as from `load_coco_data`; ``*_urls`` may be missing.
      split: ``"train"`` or ``"val"``.
      vocab_size: V; None: do not check the words.

    Raises:
      InputError: the first thing that does not fit, by its key.
    """
    check_keys(data, split)
    keys = {part: f"{split}_{part}" for part in ("captions", "image_idxs", "features", "urls")}
    captions, idxs, features = (data[keys[k]] for k in ("captions", "image_idxs", "features"))
    images = checks.shapes(**{keys["features"]: (features, "N D")})["N"]
    checks.finite(**{keys["features"]: features})  # no NaN into a training
    V = np.inf if vocab_size is None else vocab_size
    num = checks.indices(V, **{keys["captions"]: (captions, "N T")})["N"]
    checks.indices(images, **{keys["image_idxs"]: (idxs, "N")})
    urls = data.get(keys["urls"])
    lengths = {keys["image_idxs"]: (len(idxs), num)}
    lengths[keys["urls"]] = (images if urls is None else len(urls), images)
    for key, (got, expected) in lengths.items():
        if got != expected:
            raise InputError(f"{key}: got {got}, expected {expected}, one for each")


def check_keys(data, split):
    """Raise an `InputError` unless ``data`` has all of a split except its addresses."""
    checks.one_of(SPLITS, split=split)
    keys = [f"{split}_{part}" for part in ("captions", "image_idxs", "features")]
    if not isinstance(data, dict) or not all(key in data for key in keys):
        raise InputError(f"data: expected a dict with {', '.join(keys)}")
