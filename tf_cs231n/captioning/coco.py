"""COCO captioning data in the course's layout: load, draw minibatches, decode captions.

The layout, of COCO 2014 or of one's own pictures, is a folder with

- ``coco2014_captions.h5``: ``train_captions`` (num, T) of word indices, ``train_image_idxs``
  (num,) of row numbers into the features, ``val_captions`` and ``val_image_idxs``;
- ``train2014_vgg16_fc7_pca.h5`` and ``val2014_vgg16_fc7_pca.h5``: ``features`` (num_images, D);
  without PCA the same names less ``_pca``;
- ``coco2014_vocab.json``: ``idx_to_word``, a list, and ``word_to_idx``, a dict;
- ``train2014_urls.txt`` and ``val2014_urls.txt``: a line for each image, in the features' order.

A caption is ``<START>``, words, ``<END>``, and ``<NULL>`` up to length T.
"""

import json
import os

import numpy as np

from tf_cs231n.arrays import check_array, real_array
from tf_cs231n.captioning.checks import check_indices, check_shapes
from tf_cs231n.errors import InputError, check_count, check_path, check_seed, one_of, shown
from tf_cs231n.files import check_unpacked, read_text

NULL, START, END, UNK = SPECIAL_TOKENS = "<NULL>", "<START>", "<END>", "<UNK>"
SPLITS = ("train", "val")
CAPTIONS_FILE = "coco2014_captions.h5"
VOCABULARY_FILE = "coco2014_vocab.json"
BASE_DIR = "cs231n/datasets/coco_captioning"  # where the course's script puts it

_BEST_COMPRESSION = 1100  # deflate packs at most 1032 bytes into one


def features_file(split, pca_features=True):
    """Name of the file with a split's image features."""
    return f"{split}2014_vgg16_fc7{'_pca' if pca_features else ''}.h5"


def urls_file(split):
    """Name of the file with a split's picture addresses."""
    return f"{split}2014_urls.txt"


def _file_of(key, pca_features):
    """The file in which a key of the data dictionary is kept."""
    split, _, part = key.partition("_")
    if part == "features":
        return features_file(split, pca_features)
    if part == "urls":
        return urls_file(split)
    return CAPTIONS_FILE if split in SPLITS else VOCABULARY_FILE


def load_coco_data(base_dir=BASE_DIR, max_train=None, pca_features=True, seed=0):
    """Load captions, features, addresses and vocabulary, checked against one another.

    Args:
      base_dir: the folder; the module's docstring says what is in it.
      max_train: None, or at most how many training captions to keep, chosen by ``seed``.
        (Different ones; the course draws with replacement. All features are kept.)
      pca_features: the 512 principal components, not all 4096 features.
      seed: of the choice.

    Returns:
      A dict: for ``train`` and ``val``, ``*_captions`` (num, T) and ``*_image_idxs`` (num,) of
      integers, ``*_features`` (num_images, D) of floats, ``*_urls`` (num_images,) of strings;
      ``idx_to_word``, a list; ``word_to_idx``, a dict.

    Raises:
      InputError: a file that is missing, truncated, of another kind, or that does not fit the rest.
    """
    base_dir = check_path("base_dir", base_dir)
    if isinstance(max_train, bool):  # --max-train without a number is none of one
        raise InputError(f"max_train: got {max_train}, expected a whole number of at least 1")
    if max_train is not None:
        max_train = check_count("max_train", max_train)
    seed = check_seed("seed", seed)
    names = [CAPTIONS_FILE, VOCABULARY_FILE]
    names += [features_file(split, pca_features) for split in SPLITS]
    names += [urls_file(split) for split in SPLITS]
    missing = [name for name in names if not os.path.isfile(os.path.join(base_dir, name))]
    if missing:
        raise InputError(
            f"{base_dir}: no {', '.join(missing)} there; get COCO's with "
            "http://cs231n.stanford.edu/coco_captioning.zip, or name the folder that has them"
        )

    path = os.path.join(base_dir, CAPTIONS_FILE)
    data = _read_hdf5(path, {f"{split}_captions": (2, "iu") for split in SPLITS})
    data.update(_read_hdf5(path, {f"{split}_image_idxs": (1, "iu") for split in SPLITS}))
    for split in SPLITS:
        path = os.path.join(base_dir, features_file(split, pca_features))
        data[f"{split}_features"] = _read_hdf5(path, {"features": (2, "f")})["features"]
        lines = read_text(os.path.join(base_dir, urls_file(split))).splitlines()
        data[f"{split}_urls"] = np.array([line.strip() for line in lines], dtype=str)
    path = os.path.join(base_dir, VOCABULARY_FILE)
    try:
        vocabulary = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}; get the file again") from error
    if not isinstance(vocabulary, dict):
        raise InputError(f"{path}: expected idx_to_word and word_to_idx")
    data["idx_to_word"] = vocabulary.get("idx_to_word")
    data["word_to_idx"] = vocabulary.get("word_to_idx")

    try:
        check_coco_data(data)
    except InputError as error:
        at_fault = str(error).partition(":")[0].partition(" ")[0]  # the key that it begins with
        path = os.path.join(base_dir, _file_of(at_fault, pca_features))
        raise InputError(f"{path}: {error}") from error
    if max_train is not None and max_train < len(data["train_captions"]):
        rng = np.random.RandomState(seed)
        kept = rng.choice(len(data["train_captions"]), max_train, replace=False)
        for key in ("train_captions", "train_image_idxs"):
            data[key] = data[key][kept]
    return data


def sample_coco_minibatch(data, batch_size=100, split="train", rng=None):
    """Draw captions with their images' features, with replacement.

    Args:
      data: a dict as from `load_coco_data`.
      batch_size: N, at least 1.
      split: ``"train"`` or ``"val"``.
      rng: an ``np.random.RandomState``; None: NumPy's global one, as ``np.random.seed`` set it.

    Returns:
      captions: (N, T); features: (N, D); urls: (N,), or None where the data have none.

    Raises:
      InputError: an unknown split, data without it, or a batch size below 1.
    """
    one_of("split", split, SPLITS)
    batch_size = check_count("batch_size", batch_size)
    if rng is not None and not hasattr(rng, "choice"):
        raise InputError(f"rng: got {shown(rng)}, expected an np.random.RandomState")
    check_keys(data, split)
    captions, features = data[f"{split}_captions"], data[f"{split}_features"]
    chosen = (np.random if rng is None else rng).choice(len(captions), batch_size)
    images = data[f"{split}_image_idxs"][chosen]
    urls = data.get(f"{split}_urls")
    return (
        captions[chosen],
        features[images],
        None if urls is None else urls[images],
    )


def decode_captions(captions, idx_to_word):
    """Turn word indices into text, up to and with ``<END>``, without ``<NULL>``.

    >>> decode_captions(np.array([1, 3, 2, 0]), ["<NULL>", "<START>", "<END>", "cat"])
    '<START> cat <END>'

    Args:
      captions: (N, T) or (T,) of integers.
      idx_to_word: list, or dict from index to word.

    Returns:
      A list of N strings; for one caption, a string.

    Raises:
      InputError: captions that are no such array, or an index outside the vocabulary.
    """
    captions = real_array("captions", captions)
    if not isinstance(idx_to_word, (list, tuple, dict)):
        raise InputError(
            f"idx_to_word: got {shown(idx_to_word)}, expected a list of words or a dict"
        )
    if captions.ndim == 1:
        return decode_captions(captions[np.newaxis], idx_to_word)[0]
    if captions.ndim != 2 or captions.dtype.kind not in "iu":
        raise InputError(
            f"captions: got an array of {captions.dtype} of shape {captions.shape}, expected "
            "integers of shape (N, T) or (T,)"
        )
    decoded = []
    for caption in captions.tolist():
        words = []
        for index in caption:
            try:
                if index < 0:
                    raise IndexError
                word = idx_to_word[index]
            except (IndexError, KeyError) as error:
                raise InputError(
                    f"captions: got index {index}, expected 0 to {len(idx_to_word) - 1}"
                ) from error
            if not isinstance(word, str):
                raise InputError(f"idx_to_word: got {shown(word)}, expected words")
            if word != NULL:
                words.append(word)
            if word == END:
                break
        decoded.append(" ".join(words))
    return decoded


def check_coco_data(data, splits=SPLITS):
    """Check a whole data dictionary: vocabulary, and captions, images and features of each split.

    Whoever makes such a dictionary or writes the layout can call this first.

    Raises:
      InputError: the first thing that does not fit, by its key.
    """
    if not isinstance(data, dict):
        raise InputError(f"data: got {shown(data)}, expected a dict as from load_coco_data")
    words, indices = check_words(data.get("idx_to_word")), data.get("word_to_idx")
    if not isinstance(indices, dict):
        raise InputError("word_to_idx: expected a dict from word to index")
    if indices != {word: index for index, word in enumerate(words)}:
        raise InputError(
            f"word_to_idx ({len(indices)} words) is not the inverse of idx_to_word "
            f"({len(words)} words)"
        )
    for token in (NULL, START, END):
        if token not in indices:
            raise InputError(f"word_to_idx: {token} is not in it")
    for split in splits:
        check_split(data, split, len(words))


def check_words(words):
    """Return ``words`` if it is a list of texts, as ``idx_to_word`` is."""
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
        raise InputError("idx_to_word: expected a list of words")
    return words


def check_split(data, split, vocab_size=None):
    """Check captions, image indices, features and addresses of one split against one another.

    Args:
      data: a dict as from `load_coco_data`; ``*_urls`` may be missing.
      split: ``"train"`` or ``"val"``.
      vocab_size: V; None: do not check the words.

    Raises:
      InputError: the first thing that does not fit, by its key.
    """
    one_of("split", split, SPLITS)
    check_keys(data, split)
    keys = {part: f"{split}_{part}" for part in ("captions", "image_idxs", "features", "urls")}
    features = data[keys["features"]]
    images = check_shapes(**{keys["features"]: (features, "N D")})["N"]
    check_array(keys["features"], features, features.shape)  # no NaN into a training
    V = np.iinfo(np.int64).max if vocab_size is None else vocab_size
    captions = data[keys["captions"]]
    check_indices({"V": V}, **{keys["captions"]: (captions, "N T")})
    idxs = data[keys["image_idxs"]]
    check_indices(
        {"V": images, "N": len(captions)},
        "the features have {} rows",
        **{keys["image_idxs"]: (idxs, "N")},
    )
    urls = data.get(keys["urls"])
    if urls is not None and (not isinstance(urls, np.ndarray) or urls.shape != (images,)):
        got = len(urls) if isinstance(urls, np.ndarray) and urls.ndim == 1 else shown(urls)
        raise InputError(f"{keys['urls']}: got {got}, expected one for each of {images} images")


def check_keys(data, split):
    """Raise an `InputError` unless ``data`` is a dict with all of a split but its addresses."""
    if not isinstance(data, dict):
        raise InputError(f"data: got {shown(data)}, expected a dict as from load_coco_data")
    for part in ("captions", "image_idxs", "features"):
        if f"{split}_{part}" not in data:
            raise InputError(
                f"data: no {split}_{part} in it, expected {split}_captions, {split}_image_idxs "
                f"and {split}_features"
            )


def _read_hdf5(path, wanted):
    """Read datasets, ``wanted`` being ``{name: (ndim, dtype kinds)}``, sizes checked beforehand."""
    import h5py  # here, so that models and solvers start without it

    try:
        with h5py.File(path, "r") as file:
            return {
                name: _read_dataset(path, file, name, ndim, kinds)
                for name, (ndim, kinds) in wanted.items()
            }
    except InputError:
        raise
    # h5py lets HDF5's complaints about a damaged file out as any of these.
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{path} is not a whole HDF5 file ({error}); get the file again"
        ) from error


def _read_dataset(path, file, name, ndim, kinds):
    import h5py

    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        found = ", ".join(sorted(file)) or "nothing"
        raise InputError(f"{path}: expected a dataset {name}, found {found}")
    if len(dataset.shape or ()) != ndim or dataset.dtype.kind not in kinds:
        what = "integers" if "i" in kinds else "floating-point numbers"
        raise InputError(
            f"{path}: {name} is {dataset.dtype} of shape {dataset.shape}, expected {what} "
            f"with {ndim} axes"
        )
    # A few damaged bytes can declare any size: believe no more than the file and memory can hold.
    size = dataset.dtype.itemsize
    for length in dataset.shape:
        size *= int(length)
    stored = dataset.id.get_storage_size()
    if size > _BEST_COMPRESSION * stored:
        raise InputError(
            f"{path}: {name} declares {size} bytes and stores {stored}; it was not written whole"
        )
    try:
        check_unpacked(size, stored)
    except ValueError as error:
        raise InputError(f"{path}: {name} has {error}") from error
    if size > _physical_memory():
        raise InputError(
            f"{path}: {name} takes {size / 1e9:.1f} GB, more than this machine's memory"
        )
    return dataset[()]


def _physical_memory():
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on this system
        return float("inf")
