"""From images with captions to the data that captioners train on, in the course's layout.

The layout is `coco`'s, so that `load_coco_data` and everything after it takes your own images
as it takes COCO; ``features.npz`` beside it holds what turns a new image into features.
"""

import collections
import json
import os

import numpy as np

from sessions import graph_session
from tf_cs231n import checks
from tf_cs231n.captioning import coco
from tf_cs231n.captioning.caption_files import read_captions
from tf_cs231n.captioning.features import MIN_IMAGE_SIZE, ImageFeatures, extract_features
from tf_cs231n.captioning.metrics import tokenize
from tf_cs231n.errors import InputError
from tf_cs231n.files import check_output, text_lines, whole_file
from tf_cs231n.interruption import stoppable

PROJECTION_FILE = "features.npz"

# What `prepare` did. train, val: images; captions: how many in total; words: V; unknown_share: of
# training words; the lists name images: (name, reason), and those without captions or a file.
Report = collections.namedtuple(
    "Report", "train val captions words unknown_share skipped without_caption without_file"
)


def build_vocabulary(captions, min_count=1):
    """Number the words of captions: the special ones first, then the most common.

    >>> build_vocabulary(["a dog", "a cat", "a dog runs"], min_count=2)
    {'<NULL>': 0, '<START>': 1, '<END>': 2, '<UNK>': 3, 'a': 4, 'dog': 5}

    Args:
      captions: iterable of str.
      min_count: rarer words become ``<UNK>``.
    """
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
      max_words: at least 1.
    """
    null, start, end, unknown = (word_to_idx[token] for token in coco.SPECIAL_TOKENS)
    encoded = np.full((len(captions), max_words + 2), null, np.int32)
    for row, caption in zip(encoded, captions):
        words = [start] + [word_to_idx.get(word, unknown) for word in tokenize(caption)] + [end]
        words = words[: max_words + 2] if len(words) <= max_words + 2 else words[: max_words + 1]
        row[: len(words)] = words
    return encoded


def prepare(
    images,
    captions,
    out,
    min_count=2,
    max_words=15,
    image_size=128,
    val_fraction=0.1,
    seed=0,
    overwrite=False,
    progress=None,
    stop=None,
):
    """Turn a folder of images and a file of captions into training data.

    Images are split, not captions, and vocabulary and PCA know the training split only.

    Args:
      images: the folder.
      captions: a file as for `read_captions`; its names are relative to ``images``.
      out: the folder to write; see `coco`.
      min_count: words rarer than this in training captions become ``<UNK>``.
      max_words: longer captions are cut off.
      image_size: images are made square with so many pixels a side, at least 64; larger is slower
        and, for photographs up to 224, better.
      val_fraction: fraction of the images for validation, above 0 and at most 1; at least two
        stay for training.
      seed: seed of the split.
      overwrite: whether files in ``out`` may be replaced.
      progress: None or a function called with (images done, images in total).
      stop: an `interruption.Stop`; stopped early, nothing is written.

    Returns:
      A `Report`.

    Raises:
      InputError: arguments out of range, no such folder, no caption fits an image, ...
    """
    checks.counts(min_count=min_count, max_words=max_words)
    checks.counts(MIN_IMAGE_SIZE, image_size=image_size)
    checks.counts(0, seed=seed)
    checks.numbers(above=0, most=1, val_fraction=val_fraction)
    if not os.path.isdir(images):
        raise InputError(f"{images}: no such folder, expected one with images")
    by_name = read_captions(captions)
    present = [name for name in by_name if os.path.isfile(os.path.join(images, name))]
    usable = [name for name in present if by_name[name] and len(text_lines(name)) == 1]
    if len(usable) < 3:
        raise InputError(
            f"{captions}: {len(usable)} of its {len(by_name)} images are in {images} with a "
            f"caption, expected at least 3; it names, for example, {next(iter(by_name))}"
        )
    check_data_files(out, overwrite)
    names = _split(usable, val_fraction, seed)
    data, projection, skipped = _features(images, names, image_size, progress, stop)
    texts = {split: [by_name[name] for name in names[split]] for split in names}
    data.update(encode_splits(texts, min_count, max_words))
    write_data(out, data, projection, overwrite)
    words_in = data["train_captions"] > data["word_to_idx"][coco.END]
    unknown = data["train_captions"] == data["word_to_idx"][coco.UNK]
    without_caption = sorted((set(os.listdir(images)) - set(by_name)) & _images_in(images))
    return Report(
        train=len(names["train"]),
        val=len(names["val"]),
        captions=len(data["train_captions"]) + len(data["val_captions"]),
        words=len(data["word_to_idx"]),
        unknown_share=float(unknown.sum() / words_in.sum()),
        skipped=skipped,
        without_caption=without_caption + [name for name in present if not by_name[name]],
        without_file=[name for name in by_name if name not in set(present)],
    )


def _split(names, val_fraction, seed):
    """Names of images, shuffled, as ``{"train": [...], "val": [...]}``."""
    order = [names[n] for n in np.random.RandomState(seed).permutation(len(names))]
    num_val = min(max(1, round(val_fraction * len(order))), len(order) - 2)
    return {"train": order[num_val:], "val": order[:num_val]}


def _features(folder, names, image_size, progress, stop):
    """Features and addresses of both splits, the projection, and the unreadable images.

    The unreadable images are removed from ``names``.
    """
    data, skipped, projection, done = {}, [], None, 0
    total = sum(map(len, names.values()))
    with graph_session() as sess, stoppable(stop) as stop:
        extractor = ImageFeatures(sess, image_size)
        for split in coco.SPLITS:
            data[f"{split}_features"], kept, unreadable, projection = extract_features(
                extractor,
                [os.path.join(folder, name) for name in names[split]],
                projection=projection,
                progress=progress and (lambda n, done=done: progress(done + n, total)),
                stop=stop,
            )
            skipped += unreadable
            done += len(names[split])
            names[split] = [names[split][place] for place in kept]
            data[f"{split}_urls"] = [os.path.abspath(os.path.join(folder, n)) for n in names[split]]
            if not names[split]:
                raise InputError(f"{folder}: no readable image for the {split} split")
    return data, projection, skipped


def _images_in(folder):
    from PIL import Image

    known = Image.registered_extensions()
    return {n for n in os.listdir(folder) if os.path.splitext(n)[1].lower() in known}


def encode_splits(texts, min_count, max_words):
    """Captions, image rows and vocabulary of ``{"train": [[caption, ...], ...], "val": ...}``."""
    word_to_idx = build_vocabulary((text for each in texts["train"] for text in each), min_count)
    data = {"word_to_idx": word_to_idx, "idx_to_word": list(word_to_idx)}
    for split, captions in texts.items():
        flat = [text for each in captions for text in each]
        data[f"{split}_captions"] = encode_captions(flat, word_to_idx, max_words)
        rows = np.repeat(np.arange(len(captions)), [len(each) for each in captions])
        data[f"{split}_image_idxs"] = rows.astype(np.int32)
    return data


def data_files(folder):
    """The paths that `write_data` writes, in its order."""
    names = [PROJECTION_FILE]
    for split in coco.SPLITS:
        names += [coco.features_file(split), coco.urls_file(split)]
    names += [coco.VOCABULARY_FILE, coco.CAPTIONS_FILE]
    return [os.path.join(folder, name) for name in names]


def check_data_files(folder, overwrite):
    """Raise an `InputError` now if `write_data` could not write later."""
    for path in data_files(folder):
        check_output(path, overwrite)


def write_data(folder, data, projection, overwrite=False):
    """Write training data in the course's layout, each file whole or not at all.

    Args:
      folder: where to; made if it is missing.
      data: a dict as from `load_coco_data`.
      projection: the `Projection` of its features.
      overwrite: whether existing files may be replaced.
    """
    import h5py

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
