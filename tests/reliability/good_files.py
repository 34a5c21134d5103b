"""A good file of every kind that a user passes, made by code, and the function that reads it."""

import collections
import functools
import gzip
import importlib.util
import io
import json
import os
import tempfile

import h5py
import numpy as np
from PIL import Image, PngImagePlugin

from tf_cs231n.captioning.caption_files import read_captions
from tf_cs231n.captioning.coco import load_coco_data
from tf_cs231n.captioning.features import Projection
from tf_cs231n.captioning.saved import load_captioner
from tf_cs231n.commands.norms import _read_matrix
from tf_cs231n.commands.style_files import PNG_TEXT, read_settings
from tf_cs231n.compat import tf
from tf_cs231n.datasets import load_imagenet_val, load_mnist, read_idx
from tf_cs231n.images import load_image
from tf_cs231n.squeezenet.architecture import VARIABLE_SHAPES
from tf_cs231n.squeezenet.formats import read_weights, write_weights
from tf_cs231n.training import checkpoints

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
    """The bytes of a file of SqueezeNet's weights, all 0."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "weights" + suffix)
        arrays = {name: np.zeros(shape, np.float32) for name, shape in VARIABLE_SHAPES.items()}
        write_weights(path, arrays)
        with open(path, "rb") as file:
            return file.read()


def imagenet():
    return npz(X=np.zeros((2, 4, 4, 3), np.uint8), y=np.arange(2))


def matrix():
    file = io.BytesIO()
    np.save(file, np.arange(12.0).reshape(3, 4))
    return file.getvalue()


def projection():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "features.npz")
        Projection(np.zeros(6, np.float32), np.ones((6, 2), np.float32), 64).save(path)
        with open(path, "rb") as file:
            return file.read()


RECORD = json.dumps({"task": "texture", "settings": {"image_size": 64}, "sha256": {}})


def record_png():
    file, text = io.BytesIO(), PngImagePlugin.PngInfo()
    text.add_text(PNG_TEXT, RECORD)
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(file, "PNG", pnginfo=text)
    return file.getvalue()


def captioner_npz():
    shapes = {"W_proj": (3, 1), "b_proj": (1,), "W_embed": (5, 2), "Wx": (2, 4), "Wh": (1, 4),
              "b": (4,), "W_vocab": (1, 5), "b_vocab": (5,)}  # fmt: skip
    arrays = {f"params/{name}": np.zeros(shape, np.float32) for name, shape in shapes.items()}
    return npz(words=np.array(VOCABULARY), cell_type=np.array("lstm"), **arrays)


@functools.lru_cache(maxsize=None)
def torch_weights():
    """The same as PyTorch writes it."""
    import torch

    state = {name: torch.zeros(*shape) for name, shape in VARIABLE_SHAPES.items()}
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


@functools.lru_cache(maxsize=None)
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
        file.write(checkpoint(other))
    return checkpoints.is_readable(prefix)


def load_settings(path):
    """Read a training's settings, where a folder takes the place of one that is missing."""
    return checkpoints.load_settings(os.path.dirname(path)) or False


# name: the file's; any_name: whether it may have another; is_text: whether a part may be read.
GoodFile = collections.namedtuple("GoodFile", "name make read any_name is_text")


def _file(name, make, read, any_name=True, is_text=False):
    return GoodFile(name, make, read, any_name, is_text)


def text(content):
    return lambda: content.encode()


# What users pass, by the name that a test shows.
GOOD_FILES = {
    **{
        form: _file(f"x.{form.lower()}", functools.partial(picture, form), load_image)
        for form in ("PNG", "JPEG", "TIFF")
    },
    "IDX": _file("x-idx3-ubyte", idx, read_idx),
    "IDX, gzipped": _file("x-idx3-ubyte.gz", lambda: gzip.compress(idx()), read_idx),
    "Keras' mnist.npz": _file("mnist.npz", digits, load_mnist),
    "imagenet_val_25.npz": _file(
        "imagenet_val_25.npz", imagenet, lambda path: load_imagenet_val(path=path)
    ),
    "matrix .npy": _file("x.npy", matrix, _read_matrix),
    "captions JSON": _file("x.json", coco_json, read_captions),
    "captions CSV": _file(
        "x.csv",
        text("\n".join(["file,caption", *map(",".join, PAIRS)])),
        read_captions,
        is_text=True,
    ),
    "captions tokens": _file(
        "x.txt", text("\n".join(f"{n}#0\t{t}" for n, t in PAIRS)), read_captions, is_text=True
    ),
    **{
        f"COCO {name}": _file(
            name,
            make,
            functools.partial(coco_folder, name),
            any_name=False,
            is_text=name.endswith(".txt"),
        )
        for name, make in COCO.items()
    },
    "weights .npz": _file("x.npz", lambda: weights(".npz"), read_weights),
    "weights .safetensors": _file("x.safetensors", lambda: weights(".safetensors"), read_weights),
    "captioner.npz": _file("captioner.npz", captioner_npz, load_captioner),
    "features.npz": _file("features.npz", projection, Projection.load),
    "record JSON": _file("x.json", text(RECORD), lambda path: read_settings(path, "texture")),
    "record PNG": _file(
        "x.png", record_png, lambda path: read_settings(path, "texture"), is_text=True
    ),
    "settings.json": _file("settings.json", text('{"steps": 7}'), load_settings, any_name=False),
    "checkpoint index": _file(
        "model.ckpt-1.index", lambda: checkpoint(INDEX), functools.partial(read_checkpoint, INDEX)
    ),
    "checkpoint data": _file(
        "model.ckpt-1" + DATA, lambda: checkpoint(DATA), functools.partial(read_checkpoint, DATA)
    ),
}
if importlib.util.find_spec("torch"):
    GOOD_FILES["weights .pth"] = _file("x.pth", torch_weights, read_weights)
