"""From pictures with captions to the data that captioners train on, in the course's layout.

The layout is `coco`'s, so that `load_coco_data` and everything after it takes one's own pictures
as it takes COCO; ``features.npz`` beside it holds what turns a new picture into features.
"""

import collections
import json
import os

import numpy as np

from tf_cs231n.arrays import check_array, check_list, check_texts
from tf_cs231n.captioning import coco
from tf_cs231n.captioning.caption_files import read_captions
from tf_cs231n.captioning.checks import check_vocabulary
from tf_cs231n.captioning.features import (
    MAX_FIT,
    PictureFeatures,
    Projection,
    check_picture_size,
    load_square,
)
from tf_cs231n.captioning.metrics import tokenize
from tf_cs231n.errors import (
    InputError,
    check_count,
    check_function,
    check_number,
    check_path,
    check_seed,
    check_text,
    shown,
)
from tf_cs231n.files import check_output, whole_file
from tf_cs231n.limits import MAX_WORDS

PROJECTION_FILE = "features.npz"
_BATCH = 50

# What `prepare` did. train, val: pictures; captions: in all; words: V; unknown_share: of training
# words; the lists name pictures: (name, reason), and those without captions or without a file.
Report = collections.namedtuple(
    "Report", "train val captions words unknown_share skipped without_caption without_file"
)


def build_vocabulary(captions, min_count=1):
    """Number the words of captions: the special ones first, then the commonest.

    >>> build_vocabulary(["a dog", "a cat", "a dog runs"], min_count=2)
    {'<NULL>': 0, '<START>': 1, '<END>': 2, '<UNK>': 3, 'a': 4, 'dog': 5}

    Args:
      captions: iterable of str.
      min_count: rarer words become ``<UNK>``.
    """
    check_count("min_count", min_count)
    if isinstance(captions, str) or not hasattr(captions, "__iter__"):
        raise InputError(f"captions: got {shown(captions)}, expected several texts")
    counts = collections.Counter(word for caption in captions for word in tokenize(caption))
    kept = [word for word, count in counts.items() if count >= min_count]
    kept.sort(key=lambda word: (-counts[word], word))
    return {word: index for index, word in enumerate([*coco.SPECIAL_TOKENS, *kept])}


def encode_captions(captions, word_to_idx, max_words):
    """Word indices (num, max_words + 2): ``<START>``, words, ``<END>``, ``<NULL>``s.

    A longer caption is cut off, without an ``<END>``: there the sentence did not end.

    Args:
      captions: list of str.
      word_to_idx: as from `build_vocabulary`.
      max_words: 1 to `MAX_WORDS`.
    """
    check_texts("captions", captions)
    check_vocabulary(word_to_idx, coco.SPECIAL_TOKENS)
    max_words = check_max_words(max_words)
    null, start, end, unknown = (word_to_idx[token] for token in coco.SPECIAL_TOKENS)
    encoded = np.full((len(captions), max_words + 2), null, np.int32)
    for row, caption in zip(encoded, captions):
        words = [start] + [word_to_idx.get(word, unknown) for word in tokenize(caption)] + [end]
        words = words[: max_words + 2] if len(words) <= max_words + 2 else words[: max_words + 1]
        row[: len(words)] = words
    return encoded


def check_max_words(max_words):
    """Return the most words of a caption as an int, if a captioner can read so many."""
    return check_count("max_words", max_words, most=MAX_WORDS)


def extract_features(extractor, names, load=None, projection=None, progress=None):
    """Features of many pictures, a batch at a time; pictures that cannot be read are left out.

    Args:
      extractor: a `PictureFeatures`.
      names: list of at least one of whatever ``load`` takes.
      load: function of a name to a uint8 picture of the extractor's size; None: `load_square`.
      projection: a `Projection`; None: fit one to the first `MAX_FIT` pictures.
      progress: None or a function called with the number of pictures done.

    Returns:
      features (num, D), the places in ``names`` they belong to (a list of num),
      [(name, reason), ...] of the unreadable, and the projection.

    Raises:
      InputError: a picture of another kind or size, or none that can be read.
    """
    size = getattr(extractor, "picture_size", None)
    if size is None or not callable(extractor):
        raise InputError(f"extractor: got {shown(extractor)}, expected a PictureFeatures")
    check_list("names", names)
    check_function("load", load, optional=True)
    check_function("progress", progress, optional=True)
    if projection is not None:
        check_projection(projection)
    load = load or (lambda name: load_square(name, size))
    kept, skipped, waiting, features = [], [], [], []
    for first in range(0, len(names), _BATCH):
        pictures = []
        for place in range(first, min(first + _BATCH, len(names))):
            try:
                picture = load(names[place])
            except InputError as error:
                skipped.append((names[place], str(error)))
                continue
            pictures.append(check_array("load: picture", picture, (size, size, 3), np.uint8))
            kept.append(place)
        if pictures:
            waiting.append(extractor(np.stack(pictures)))
        if projection is None and (len(kept) >= MAX_FIT or first + _BATCH >= len(names)):
            if not waiting:
                raise InputError("pictures: none of them can be read")
            projection = Projection.fit(np.concatenate(waiting), size)
        if projection is not None:
            features += [projection(pooled) for pooled in waiting]
            waiting = []
        if progress:
            progress(min(first + _BATCH, len(names)))
    D = projection.matrix.shape[1]
    features = np.concatenate(features) if features else np.zeros((0, D), np.float32)
    return features, kept, skipped, projection


def prepare(
    images,
    captions,
    out,
    min_count=2,
    max_words=15,
    picture_size=128,
    val_share=0.1,
    seed=0,
    overwrite=False,
    progress=None,
):
    """Turn a folder of pictures and a file of captions into training data.

    Pictures are split, not captions, and vocabulary and PCA know the training split only.

    Args:
      images: the folder.
      captions: a file as for `read_captions`; its names are relative to ``images``.
      out: the folder to write; see `coco`.
      min_count: words rarer than this in training captions become ``<UNK>``.
      max_words: longer captions are cut off; at most `MAX_WORDS`.
      picture_size: pictures are made square with so many pixels a side; larger is slower and,
        for photographs up to 224, better.
      val_share: share of the pictures for validation, above 0 and below 1.
      seed: of the split.
      overwrite: whether files in ``out`` may be replaced.
      progress: None or a function called with (pictures done, pictures in all).

    Returns:
      A `Report`.

    Raises:
      InputError: arguments out of range, no such folder, no caption fits a picture, ...
    """
    if not 0 < check_number("val_share", val_share) < 1:
        raise InputError(f"val_share: got {val_share}, expected a number above 0 and below 1")
    check_count("min_count", min_count)
    max_words = check_max_words(max_words)
    picture_size = check_picture_size(picture_size)
    seed = check_seed("seed", seed)
    check_function("progress", progress, optional=True)
    images = check_path("images", images)
    if not os.path.isdir(images):
        raise InputError(f"{images}: no such folder, expected one with pictures")
    by_name = read_captions(captions)

    present = [name for name in by_name if os.path.isfile(os.path.join(images, name))]
    usable = [name for name in present if by_name[name] and len(name.splitlines()) == 1]
    without_file = [name for name in by_name if name not in set(present)]
    without_caption = sorted((set(os.listdir(images)) - set(by_name)) & _pictures_in(images))
    without_caption += [name for name in present if not by_name[name]]
    if len(usable) < 3:
        raise InputError(
            f"{captions}: {len(usable)} of its {len(by_name)} pictures are in {images} with a "
            f"caption, expected at least 3; it names, for example, {next(iter(by_name))}"
        )
    check_data_files(out, overwrite)
    order = [usable[n] for n in np.random.RandomState(seed).permutation(len(usable))]
    num_val = min(max(1, round(val_share * len(order))), len(order) - 2)
    names = {"val": order[:num_val], "train": order[num_val:]}

    from sessions import graph_session

    data, skipped, projection, done = {}, [], None, 0
    with graph_session() as sess:
        extractor = PictureFeatures(sess, picture_size)
        for split in ("train", "val"):
            paths = [os.path.join(images, name) for name in names[split]]
            features, kept, unreadable, projection = extract_features(
                extractor,
                paths,
                projection=projection,
                progress=progress and (lambda n, done=done: progress(done + n, len(order))),
            )
            skipped += unreadable
            done += len(paths)
            names[split] = [names[split][place] for place in kept]
            data[f"{split}_features"] = features
            data[f"{split}_urls"] = [os.path.abspath(os.path.join(images, n)) for n in names[split]]
            if not names[split]:
                raise InputError(f"{images}: no readable picture for the {split} split")
    texts = {split: [by_name[name] for name in names[split]] for split in names}
    data.update(encode_splits(texts, min_count, max_words))
    write_data(out, data, projection, overwrite)
    words_in = data["train_captions"] > data["word_to_idx"][coco.END]
    unknown = data["train_captions"] == data["word_to_idx"][coco.UNK]
    return Report(
        train=len(names["train"]),
        val=len(names["val"]),
        captions=len(data["train_captions"]) + len(data["val_captions"]),
        words=len(data["word_to_idx"]),
        unknown_share=float(unknown.sum() / words_in.sum()),
        skipped=skipped,
        without_caption=without_caption,
        without_file=without_file,
    )


def _pictures_in(folder):
    from PIL import Image

    known = Image.registered_extensions()
    return {n for n in os.listdir(folder) if os.path.splitext(n)[1].lower() in known}


def encode_splits(texts, min_count, max_words):
    """Captions, image rows and vocabulary of ``{"train": [[caption, ...], ...], "val": ...}``."""
    if not isinstance(texts, dict) or set(texts) != set(coco.SPLITS):
        raise InputError(f"texts: got {shown(texts)}, expected a dict with train and val")
    for split, captions in texts.items():
        for each in check_list(f"texts: {split}", captions):
            check_texts(f"texts: {split}", each)
    word_to_idx = build_vocabulary((text for each in texts["train"] for text in each), min_count)
    data = {"word_to_idx": word_to_idx, "idx_to_word": list(word_to_idx)}
    for split, captions in texts.items():
        flat = [text for each in captions for text in each]
        data[f"{split}_captions"] = encode_captions(flat, word_to_idx, max_words)
        rows = np.repeat(np.arange(len(captions)), [len(each) for each in captions])
        data[f"{split}_image_idxs"] = rows.astype(np.int32)
    return data


def _addresses(data):
    """Those of each split as an array, to be checked; each must have a line of its own."""
    arrays = {}
    for key in map("{}_urls".format, coco.SPLITS):
        urls = data.get(key)
        if not isinstance(urls, (list, tuple, np.ndarray)):
            raise InputError(f"{key}: got {shown(urls)}, expected a list of texts")
        for url in urls:
            if len(check_text(key, url).splitlines()) != 1:
                raise InputError(f"{key}: got {shown(url)}, expected one line each")
        arrays[key] = np.array(urls, dtype=str)
    return arrays


def data_files(folder):
    """The paths that `write_data` writes."""
    folder = check_path("folder", folder)
    names = [coco.CAPTIONS_FILE, coco.VOCABULARY_FILE, PROJECTION_FILE]
    names += [coco.features_file(split) for split in coco.SPLITS]
    names += [coco.urls_file(split) for split in coco.SPLITS]
    return [os.path.join(folder, name) for name in names]


def check_data_files(folder, overwrite):
    """Raise an `InputError` now if `write_data` could not write later."""
    for path in data_files(folder):
        check_output(path, overwrite)


def check_projection(projection):
    """Return ``projection`` if it is one."""
    if not isinstance(projection, Projection):
        raise InputError(f"projection: got {shown(projection)}, expected a Projection")
    return projection


def write_data(folder, data, projection, overwrite=False):
    """Write training data in the course's layout, each file whole or not at all.

    Args:
      folder: where to; made if it is missing.
      data: a dict as from `load_coco_data`.
      projection: the `Projection` of its features.
      overwrite: whether existing files may be replaced.

    Raises:
      InputError: what `load_coco_data` would refuse to read again.
    """
    import h5py

    coco.check_coco_data({**data, **_addresses(data)} if isinstance(data, dict) else data)
    check_projection(projection)

    def write_hdf5(name, arrays):
        path = os.path.join(folder, name)
        with whole_file(path, overwrite) as temporary, h5py.File(temporary, "w") as file:
            for key, array in arrays.items():
                file.create_dataset(key, data=array, track_times=False)  # same bytes

    def write_text(name, text):
        path = os.path.join(folder, name)
        with whole_file(path, overwrite) as whole, open(whole, "w", encoding="utf-8") as file:
            file.write(text)

    check_data_files(folder, overwrite)
    captions = {f"{split}_{part}": data[f"{split}_{part}"]
                for split in coco.SPLITS for part in ("captions", "image_idxs")}  # fmt: skip
    projection.save(os.path.join(folder, PROJECTION_FILE), overwrite)
    for split in coco.SPLITS:
        write_hdf5(coco.features_file(split), {"features": data[f"{split}_features"]})
        write_text(coco.urls_file(split), "".join(url + "\n" for url in data[f"{split}_urls"]))
    vocabulary = {key: data[key] for key in ("idx_to_word", "word_to_idx")}
    write_text(coco.VOCABULARY_FILE, json.dumps(vocabulary, ensure_ascii=False, indent=1))
    write_hdf5(coco.CAPTIONS_FILE, captions)  # last: with it the data is whole
