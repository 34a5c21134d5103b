"""Pictures and data sets: photographs that packages ship, MNIST, ImageNet's validation set."""

import importlib.util
import os

import numpy as np

from tf_cs231n.errors import InputError, check_count, check_path, one_of
from tf_cs231n.files import read_npz
from tf_cs231n.images import load_image
from tf_cs231n.mnist import load_mnist  # noqa: F401 - its public home is here
from tf_cs231n.squeezenet.labels import class_names

# name: the picture's file in its package. scikit-image's come from NASA, the photographers of
# its collection and the STARE project; scikit-learn's are by fpolat69 and dany13, CC BY 2.0.
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
}
SAMPLE_PREFIX = "sample:"


def sample_image(name, size=None):
    """A photograph that scikit-image or scikit-learn ships; nothing is downloaded.

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
    one_of("name of a sample image", name, SAMPLES)
    package, _, picture = SAMPLES[name].partition("/")
    # The file itself: to import the package for it would take half a second.
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise InputError(f"sample {name}: the package {package}, which has it, is not installed")
    return load_image(os.path.join(spec.submodule_search_locations[0], *picture.split("/")), size)


def open_image(name, size=None):
    """`load_image`, where ``sample:NAME`` names one of `SAMPLES`."""
    if isinstance(name, str) and name.startswith(SAMPLE_PREFIX):
        return sample_image(name[len(SAMPLE_PREFIX) :], size)
    return load_image(name, size)


def load_imagenet_val(num=None, path=None):
    """Load the course's subset of the ImageNet validation set, ``imagenet_val_25.npz``.

    Args:
      num: how many pictures, from the first; None: all.
      path: the file, with arrays ``X`` (N, H, W, 3) uint8 and ``y`` (N,); None: looked for as
        ``imagenet_val_25.npz`` in ``data/`` and in the course's ``cs231n/datasets/``.

    Returns:
      X: uint8 (N, H, W, 3). y: int64 (N,). class_names: the 1,000 names, indexed by class.

    Raises:
      InputError: no such file, or arrays of other names or shapes.
    """
    num = None if num is None else check_count("num", num)
    path = None if path is None else check_path("path", path)
    if path is None:
        places = [os.path.join(*folder, "imagenet_val_25.npz") for folder in _IMAGENET_FOLDERS]
        path = next((place for place in places if os.path.isfile(place)), None)
        if path is None:
            raise InputError(
                "the ImageNet pictures are not with this package; put the course's "
                f"imagenet_val_25.npz at {places[0]} or pass path="
            )
    try:
        # Its label_map is a pickle, so it stays unread; the names are ours.
        file = read_npz(path, ["X", "y"])
        X, y = file["X"], file["y"]
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except ValueError as error:
        raise InputError(f"{path}: damaged, or not imagenet_val_25.npz ({error})") from error
    if X.dtype != np.uint8 or X.ndim != 4 or X.shape[3] != 3 or y.shape != X.shape[:1]:
        raise InputError(
            f"{path}: got X {X.dtype} {X.shape} and y {y.shape}, expected uint8 (N, H, W, 3), (N,)"
        )
    y = y.astype(np.int64)
    if y.size and not (y.min() >= 0 and y.max() < len(class_names)):
        raise InputError(f"{path}: classes from {y.min()} to {y.max()}, expected 0 to 999")
    return X[:num], y[:num], class_names


_IMAGENET_FOLDERS = (("data",), ("cs231n", "datasets"), ("datasets",))
