"""From images with captions to the data that captioners train on, in the course's layout.

The layout is `coco`'s, so that `load_coco_data` and everything after it takes your own images
as it takes COCO; ``features.npz`` beside it holds what turns a new image into features.
"""

import collections
import contextlib
import io
import json
import os
import unicodedata

import numpy as np

from tf_cs231n import checks
from tf_cs231n.captioning import coco
from tf_cs231n.captioning.caption_files import read_captions
from tf_cs231n.captioning.features import MIN_IMAGE_SIZE
from tf_cs231n.captioning.reading import read_splits, split_features
from tf_cs231n.captioning.splits import find_leaks, split_images
from tf_cs231n.captioning.words import tokenize
from tf_cs231n.errors import InputError
from tf_cs231n.files import Outputs, text_lines, write_bytes
from tf_cs231n.interruption import stoppable

PROJECTION_FILE = "features.npz"
RECORD_FILE = "prepare.json"

# What `prepare` did. train, val: images; left_out: images of a test split; captions: how many in
# total; wordless: captions without a word, left out; words: V; unknown_share: of training words;
# leaks: a `splits.Leaks`; the lists name images: (name, reason), and those without captions or a
# file.
Report = collections.namedtuple(
    "Report",
    "train val left_out captions wordless words unknown_share leaks "
    "skipped without_caption without_file",
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
    group=None,
    seed=0,
    image_column=None,
    caption_columns=None,
    overwrite=False,
    jobs=1,
    scheduler=None,
    threads=None,
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
        stay for training. Not used where the file has a split column, and no ``group`` is given.
      group: a column of the file, or 'folder': images of one group stay in one split.
      seed: seed of the split.
      image_column, caption_columns: as for `read_captions`.
      overwrite: whether files in ``out`` may be replaced.
      jobs: how many processes compute features; the files are the same for any number.
      scheduler: address of a Dask scheduler, whose workers do it instead; or None.
      threads: of each process; None: as many as it may use cores.
      progress: None or a function called with (images done, images in total).
      stop: an `interruption.Stop`; stopped early, nothing is written.

    Returns:
      A `Report`.

    Raises:
      InputError: arguments out of range, no such folder, no caption fits an image, ...
    """
    settings = {
        name: value
        for name, value in locals().items()
        if name not in ("out", "overwrite", "jobs", "scheduler", "threads", "progress", "stop")
    }
    settings.update(images=os.path.abspath(images), captions=os.path.abspath(captions))
    checks.counts(min_count=min_count, max_words=max_words, jobs=jobs)
    checks.counts(MIN_IMAGE_SIZE, image_size=image_size)
    checks.numbers(above=0, most=1, val_fraction=val_fraction)
    paths, content = find_images(images, captions, image_column, caption_columns)
    usable = [name for name in paths if content.captions[name]]
    if len(usable) < 3:
        raise InputError(
            f"{captions}: {len(usable)} of its {len(content.captions)} images are in {images} with "
            f"a caption, expected at least 3; it names, for example, {next(iter(content.captions))}"
        )
    names = split_images(usable, content.cells, val_fraction, seed, group)
    left_out = len(usable) - sum(map(len, names.values()))
    outputs = Outputs(os.path.join(out, RECORD_FILE), data_files(out), settings, overwrite)
    with stoppable(stop) as stop, contextlib.closing(
        read_splits(paths, names, image_size, jobs, scheduler, threads, stop)
    ) as batches:
        data, projection, skipped, thumbnails = split_features(
            paths, names, batches, image_size, progress, stop
        )
    texts = {split: [content.captions[name] for name in names[split]] for split in names}
    data.update(encode_splits(texts, min_count, max_words))
    outputs.begin()
    write_data(out, data, projection, outputs.overwrite)
    outputs.finish()
    words_in = data["train_captions"] > data["word_to_idx"][coco.END]
    unknown = data["train_captions"] == data["word_to_idx"][coco.UNK]
    return Report(
        train=len(names["train"]),
        val=len(names["val"]),
        left_out=left_out,
        captions=len(data["train_captions"]) + len(data["val_captions"]),
        wordless=content.wordless,
        words=len(data["word_to_idx"]),
        unknown_share=float(unknown.sum() / words_in.sum()),
        leaks=find_leaks(thumbnails, texts),
        skipped=skipped,
        without_caption=_without_caption(images, content.captions)
        + [name for name in paths if not content.captions[name]],
        without_file=[name for name in content.captions if name not in paths],
    )


def find_images(folder, captions, image_column=None, caption_columns=None):
    """Read a file of captions and find its images, whatever Unicode form their names have.

    Returns:
      Dict of the file's names to paths, without images that are not there, and the `CaptionFile`.

    Raises:
      InputError: no such folder, or what `read_captions` raises.
    """
    if not os.path.isdir(folder):
        raise InputError(f"{folder}: no such folder, expected one with images")
    content = read_captions(captions, image_column, caption_columns)
    names = [name for name in content.captions if len(text_lines(name)) == 1]
    paths = {name: os.path.join(folder, name) for name in names}
    if not all(map(os.path.isfile, paths.values())):
        there = [os.path.join(root, n) for root, _, files in os.walk(folder) for n in files]
        composed = {_composed(os.path.relpath(path, folder)): path for path in there}
        paths = {n: p if os.path.isfile(p) else composed.get(n, p) for n, p in paths.items()}
    paths = {name: path for name, path in paths.items() if os.path.isfile(path)}
    inside = os.path.join(os.path.realpath(folder), "")
    for path in paths.values():
        if not os.path.realpath(path).startswith(inside):
            raise InputError(f"{path} is a link out of the folder of images; copy the image there")
    return paths, content


def _composed(name):
    return unicodedata.normalize("NFC", name)


def _without_caption(folder, captions):
    """Images in the folder that the file of captions does not name."""
    from PIL import Image

    known = Image.registered_extensions()
    images = [n for n in os.listdir(folder) if os.path.splitext(n)[1].lower() in known]
    return sorted(name for name in images if _composed(name) not in captions)


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


def write_data(folder, data, projection, overwrite=False):
    """Write training data in the course's layout, each file whole or not at all.

    Args:
      folder: where to; made if it is missing.
      data: a dict as from `load_coco_data`.
      projection: the `Projection` of its features.
      overwrite: whether existing files may be replaced.
    """
    import h5py

    def write(name, content):
        write_bytes(os.path.join(folder, name), content, overwrite)

    def hdf5(arrays):  # packed in memory, since HDF5 keeps a file that met a full disk open
        content = io.BytesIO()
        with h5py.File(content, "w") as file:
            for key, array in arrays.items():
                file.create_dataset(key, data=array, track_times=False)  # same bytes
        return content.getbuffer()

    captions = {f"{split}_{part}": data[f"{split}_{part}"]
                for split in coco.SPLITS for part in ("captions", "image_idxs")}  # fmt: skip
    projection.save(os.path.join(folder, PROJECTION_FILE), overwrite)
    for split in coco.SPLITS:
        write(coco.features_file(split), hdf5({"features": data[f"{split}_features"]}))
        urls = "".join(url + "\n" for url in data[f"{split}_urls"])
        write(coco.urls_file(split), urls.encode("utf-8", "backslashreplace"))
    vocabulary = {key: data[key] for key in ("idx_to_word", "word_to_idx")}
    text = json.dumps(vocabulary, ensure_ascii=False, indent=1)
    write(coco.VOCABULARY_FILE, text.encode())
    write(coco.CAPTIONS_FILE, hdf5(captions))  # last: with it the data is whole
