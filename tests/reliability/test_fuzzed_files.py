"""Every reader of files meets damaged ones: it reads them, or says in one line why it cannot."""

import functools
import gzip
import io
import json
import os
import tempfile
import warnings

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from soak import cases

from tf_cs231n import checkpoints
from tf_cs231n.captioning import evaluate
from tf_cs231n.captioning.caption_files import read_captions
from tf_cs231n.captioning.coco import load_coco_data
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.images import load_image
from tf_cs231n.mnist import load_mnist, read_idx
from tf_cs231n.squeezenet.formats import read_weights, write_weights
from tf_cs231n.squeezenet.model import VARIABLE_SHAPES

PAIRS = [(f"{n}.png", f"a {word} cat") for n, word in enumerate(["red", "shy", "big", "old"])]


def picture(form):
    pixels = np.random.RandomState(0).randint(0, 256, (16, 24, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def idx():
    pixels = np.arange(3 * 28 * 28, dtype=np.uint8)
    return b"\0\0\x08\x03" + np.array([3, 28, 28], ">i4").tobytes() + pixels.tobytes()


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def digits():
    x, y = np.zeros((20, 28, 28), np.uint8), np.arange(20, dtype=np.uint8) % 10
    return npz(x_train=x, y_train=y, x_test=x, y_test=y)


def coco_json():
    images = [{"id": n, "file_name": name} for n, (name, _) in enumerate(PAIRS)]
    captions = [{"image_id": n, "caption": text} for n, (_, text) in enumerate(PAIRS)]
    return json.dumps({"images": images, "annotations": captions}).encode()


def captions_hdf5():
    file = io.BytesIO()
    with h5py.File(file, "w") as h5:
        for split in ("train", "val"):
            h5[f"{split}_captions"] = np.tile(np.int32([1, 4, 2, 0]), (6, 1))
            h5[f"{split}_image_idxs"] = np.arange(6, dtype=np.int32) % 3
    return file.getvalue()


def features_hdf5():
    file = io.BytesIO()
    with h5py.File(file, "w") as h5:
        h5["features"] = np.ones((3, 8), np.float32)
    return file.getvalue()


VOCABULARY = ["<NULL>", "<START>", "<END>", "<UNK>", "cat"]
COCO = {
    "coco2014_captions.h5": captions_hdf5,
    "train2014_vgg16_fc7_pca.h5": features_hdf5,
    "val2014_vgg16_fc7_pca.h5": features_hdf5,
    "coco2014_vocab.json": lambda: json.dumps(
        {"idx_to_word": VOCABULARY, "word_to_idx": {w: n for n, w in enumerate(VOCABULARY)}}
    ).encode(),
    "train2014_urls.txt": lambda: b"a\nb\nc\n",
    "val2014_urls.txt": lambda: b"a\nb\nc\n",
}


def coco_folder(damaged, path):
    """Read the course's folder of which one file, ``path``, is damaged."""
    folder = os.path.dirname(path)
    for name, make in COCO.items():
        if name != damaged:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(make())
    return load_coco_data(folder)


@functools.lru_cache(maxsize=None)
def weights(suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "weights" + suffix)
        arrays = {name: np.zeros(shape, np.float32) for name, shape in VARIABLE_SHAPES.items()}
        write_weights(path, arrays)
        with open(path, "rb") as file:
            return file.read()


def captioner_npz():
    arrays = {"params/W_embed": np.zeros((5, 2), np.float32), "cell_type": np.array("lstm")}
    return npz(words=np.array(VOCABULARY), **arrays)


def checkpoint(part):
    """The bytes of a small checkpoint's index or data."""
    with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
        sess.run(tf.get_variable("v", initializer=np.ones(50, np.float32)).initializer)
        path = tf.train.Saver().save(sess, os.path.join(folder, "model.ckpt"))
        with open(path + part, "rb") as file:
            return file.read()


INDEX, DATA = ".index", ".data-00000-of-00001"


def read_checkpoint(damaged, path):
    other = DATA if damaged == INDEX else INDEX
    prefix = path[: -len(damaged)]
    with open(prefix + other, "wb") as file:
        file.write(checkpoint_bytes(other))
    return checkpoints.is_readable(prefix)


checkpoint_bytes = functools.lru_cache(maxsize=None)(checkpoint)

# name: (file name, a good file's bytes, the reader).
READERS = {
    **{form: (f"x.{form.lower()}", functools.partial(picture, form), load_image)
       for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")},
    "IDX": ("x-idx3-ubyte", idx, read_idx),
    "IDX, gzipped": ("x-idx3-ubyte.gz", lambda: gzip.compress(idx()), read_idx),
    "Keras' mnist.npz": ("mnist.npz", digits, load_mnist),
    "captions JSON": ("x.json", coco_json, read_captions),
    "captions CSV": (
        "x.csv", lambda: "\n".join(["file,caption", *map(",".join, PAIRS)]).encode(), read_captions,
    ),
    "captions tokens": (
        "x.txt", lambda: "\n".join(f"{n}#0\t{t}" for n, t in PAIRS).encode(), read_captions,
    ),
    **{f"COCO {name}": (name, make, functools.partial(coco_folder, name))
       for name, make in COCO.items()},
    "weights .npz": ("x.npz", lambda: weights(".npz"), read_weights),
    "weights .safetensors": ("x.safetensors", lambda: weights(".safetensors"), read_weights),
    "captioner.npz": (
        "captioner.npz", captioner_npz, lambda path: evaluate.load_captioner(os.path.dirname(path)),
    ),
    "checkpoint index": (
        "model.ckpt-1.index", lambda: checkpoint_bytes(INDEX),
        functools.partial(read_checkpoint, INDEX),
    ),
    "checkpoint data": (
        "model.ckpt-1" + DATA, lambda: checkpoint_bytes(DATA),
        functools.partial(read_checkpoint, DATA),
    ),
}  # fmt: skip

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "insert", "replace", "flip"]),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=12),
    ),
    min_size=1,
    max_size=4,
)


def damage(content, edits):
    """Apply the edits, each at its share of the length."""
    content = bytearray(content)
    for kind, share, new in edits:
        at = int(share * len(content))
        if kind == "cut":
            del content[at:]
        elif kind == "drop":
            del content[at : at + len(new)]
        elif kind == "insert":
            content[at:at] = new
        elif kind == "replace":
            content[at : at + len(new)] = new
        elif content:
            content[at] ^= 1 << new[0] % 8
    return bytes(content)


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_read_or_named_in_one_line(tmp_path, name):
    file, make, read = READERS[name]
    path, good = tmp_path / file, make()
    few = 30 if len(good) > 10**6 else 150

    @settings(
        max_examples=cases(few, 10000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(EDITS, st.binary(max_size=200)))
    def check(case):
        path.write_bytes(case if isinstance(case, bytes) else damage(good, case))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                read(str(path))
            except InputError as error:
                assert "\n" not in str(error)

    path.write_bytes(good)
    assert read(str(path)) is not False
    check()
